import { isSagekeepError, SagekeepError } from '@sagekeep/contracts';
import { claims } from '../lock/conflicts.ts';
import { type LockSession, type LockSessionOptions, openLockSession } from '../lock/session.ts';
import { holdersOf, takeLock } from '../lock/take.ts';
import type { Connection } from '../server/index.ts';

/**
 * Runs work that looks at a live database, never while its content is being replaced: throws `LOCK_BUSY` at once when
 * it is, and `LOCK_LOST` when a restore or an undo has ended our patience meanwhile, so that nothing is said of a
 * database that nobody has any more. Where no lock can be had (a server that does not answer, a pooler) the work runs
 * without one and tells why.
 */
export async function whileInPlace<Result>(
  connection: Connection,
  options: Omit<LockSessionOptions, 'kind'>,
  work: () => Promise<Result>,
): Promise<Result> {
  await using lock = await lockSession(connection, options);
  if (lock === null) return work();
  const mode = claims['live verification'].content ?? 'shared';
  await takeLock(lock, { scope: 'content', dbname: connection.dbname, mode });
  const before = await oidOf(lock);
  const result = await work();
  if (!lock.session.lost.aborted) return result;
  await using again = await lockSession(connection, options);
  if (again !== null && (await isReplaced(again, before))) throw replaced(connection.dbname);
  return result;
}

async function lockSession(
  connection: Connection,
  options: Omit<LockSessionOptions, 'kind'>,
): Promise<LockSession | null> {
  try {
    return await openLockSession(connection, { ...options, kind: 'verify' });
  } catch (error) {
    options.signal.throwIfAborted();
    if (isSagekeepError(error)) return null;
    throw error;
  }
}

async function oidOf({ session, connection }: LockSession): Promise<string | null> {
  const [row] = await session.query<{ oid: string }>(
    'select oid::text as oid from pg_database where datname = $1',
    [connection.dbname],
  );
  return row?.oid ?? null;
}

/** In place the database stays the same, but whoever replaces its content holds the lock all the while. */
async function isReplaced(lock: LockSession, before: string | null): Promise<boolean> {
  if ((await oidOf(lock)) !== before) return true;
  const holders = await holdersOf(lock.session, 'content', lock.connection.dbname);
  return holders.some(({ mode }) => mode === 'exclusive');
}

function replaced(dbname: string): SagekeepError {
  return new SagekeepError('LOCK_LOST', `The database ${JSON.stringify(dbname)} was replaced meanwhile.`, {
    retryable: true,
    advice: 'Nothing to do: what is there now is looked at next time.',
  });
}
