import type { Session } from '../server/index.ts';
import { tryLock, unlock } from './take.ts';

/**
 * Whether somebody works with a database, or a role, that Sagekeep has made. The session must be where the locks of that
 * database live.
 */
export async function isAlive(session: Session, name: string): Promise<boolean> {
  const request = { scope: 'made', dbname: name, mode: 'exclusive' } as const;
  if (!(await tryLock(session, request))) return true;
  await unlock(session, request);
  return false;
}
