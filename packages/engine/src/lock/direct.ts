import { SagekeepError } from '@sagekeep/contracts';
import { queryOne, type Session } from '../server/index.ts';

async function backendOf(session: Session): Promise<number> {
  const { pid } = await queryOne<{ pid: number }>(session, 'select pg_backend_pid() as pid');
  return pid;
}

/**
 * Makes sure that statement after statement reaches the very backend that the connection was told when it was opened. A
 * pooler answers with one of its own choice, and leaves the locks of this session with whoever gets that backend next.
 */
export async function requireDirect(session: Session): Promise<void> {
  const backends = [await backendOf(session), await backendOf(session)];
  if (backends.every((pid) => pid === session.pid)) return;
  throw new SagekeepError('CONFIGURATION_INVALID', 'The database URL leads through a connection pooler.', {
    advice: 'Locks need a direct connection: put the host and port of PostgreSQL itself into the URL.',
    facts: { told: session.pid, backends },
  });
}
