import type { Log } from '@sagekeep/contracts';
import { dropOrShut, type LockSession, parseMadeName, tryLock, unlock } from '../lock/index.ts';
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
    const outcome = await dropIfDead(lock, name, log);
    if (outcome === 'dropped') dropped.push(name);
    // The same session would hold up each of them as long.
    if (outcome === 'held up') break;
  }
  return dropped;
}

const notDropped = 'a dead scratch database could not be dropped';

async function dropIfDead(
  from: LockSession,
  name: string,
  log: Log,
): Promise<'dropped' | 'held up' | 'left'> {
  const { session } = from;
  const lock = { scope: 'made', dbname: name, mode: 'exclusive' } as const;
  if (!(await tryLock(session, lock))) return 'left';
  try {
    const heldUp = await dropOrShut(from, name);
    if (heldUp === null) return 'dropped';
    log.warn({ err: heldUp, database: name }, notDropped);
    return 'held up';
  } catch (error) {
    if (session.lost.aborted) throw error;
    log.warn({ err: error, database: name }, notDropped);
    return 'left';
  } finally {
    if (!session.lost.aborted) await unlock(session, lock);
  }
}
