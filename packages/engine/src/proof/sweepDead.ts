import type { Log } from '@sagekeep/contracts';
import { dropCopy, type LockSession, parseMadeName, tryLock, unlock } from '../lock/index.ts';
import { madeDatabases } from '../restore/sweep/leftovers.ts';

/** Locks of a database that is called `postgres` live elsewhere: from there they would look free. */
const onlyElsewhere = 'postgres';

/**
 * Drops scratch databases of this server whose proof is dead: whoever builds in one holds its lock from before it exists
 * until it is dropped. Returns their names. One that may not be dropped, another role's, is left to that role.
 */
export async function sweepDeadScratch(lock: LockSession, log: Log): Promise<string[]> {
  const { session, connection } = lock;
  const dropped: string[] = [];
  for (const { name, kind } of await madeDatabases(session, connection, [])) {
    const elsewhere = parseMadeName(name)?.base === onlyElsewhere;
    if (kind !== 'scratch' || elsewhere !== (connection.dbname === onlyElsewhere)) continue;
    if (await dropIfDead(lock, name, log)) dropped.push(name);
  }
  return dropped;
}

async function dropIfDead(from: LockSession, name: string, log: Log): Promise<boolean> {
  const { session } = from;
  const lock = { scope: 'made', dbname: name, mode: 'exclusive' } as const;
  if (!(await tryLock(session, lock))) return false;
  try {
    await dropCopy(from, name);
    return true;
  } catch (error) {
    if (session.lost.aborted) throw error;
    log.warn({ err: error, database: name }, 'a dead scratch database could not be dropped');
    return false;
  } finally {
    if (!session.lost.aborted) await unlock(session, lock);
  }
}
