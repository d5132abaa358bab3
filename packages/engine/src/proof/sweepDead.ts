import { dropDatabase, type LockSession, parseMadeName, tryLock, unlock } from '../lock/index.ts';
import { madeDatabases } from '../restore/leftovers.ts';

/** Locks of a database that is called `postgres` live elsewhere: from there they would look free. */
const onlyElsewhere = 'postgres';

/**
 * Drops scratch databases of this server whose proof is dead: whoever builds in one holds its lock from before it exists
 * until it is dropped. Returns their names.
 */
export async function sweepDeadScratch({ session, connection }: LockSession): Promise<string[]> {
  const dropped: string[] = [];
  for (const { name, kind } of await madeDatabases(session, connection, [])) {
    const elsewhere = parseMadeName(name)?.base === onlyElsewhere;
    if (kind !== 'scratch' || elsewhere !== (connection.dbname === onlyElsewhere)) continue;
    const lock = { scope: 'made', dbname: name, mode: 'exclusive' } as const;
    if (!(await tryLock(session, lock))) continue;
    await dropDatabase(session, name);
    await unlock(session, lock);
    dropped.push(name);
  }
  return dropped;
}
