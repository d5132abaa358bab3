import { isSagekeepError, SagekeepError } from '@sagekeep/contracts';
import { queryOne, type Session } from '../server/index.ts';
import { type LockMode, type LockScope, lockKey } from './keys.ts';
import { type LockSession, openHelper } from './session.ts';
import { terminatePids } from './terminate.ts';

export interface LockRequest {
  readonly scope: LockScope;
  readonly dbname: string;
  readonly mode: LockMode;
}

/** Someone who holds a lock. The name is null where we may not see it. */
export interface Holder {
  readonly pid: number;
  readonly applicationName: string | null;
  readonly mode: LockMode;
}

const shared = (mode: LockMode) => (mode === 'shared' ? '_shared' : '');

/** Takes the lock if it is free. */
export async function tryLock(session: Session, request: LockRequest): Promise<boolean> {
  const row = await queryOne<{ taken: boolean }>(
    session,
    `select pg_try_advisory_lock${shared(request.mode)}($1::bigint) as taken`,
    [lockKey(request.scope, request.dbname)],
  );
  return row.taken;
}

export async function unlock(session: Session, request: LockRequest): Promise<void> {
  await session.query(`select pg_advisory_unlock${shared(request.mode)}($1::bigint)`, [
    lockKey(request.scope, request.dbname),
  ]);
}

/** Who holds a lock at this moment, other than this session and those that are about to end: they let it go. */
export async function holdersOf(session: Session, scope: LockScope, dbname: string): Promise<Holder[]> {
  const rows = await session.query<{ pid: number; name: string | null; mode: string }>(
    `select l.pid, a.application_name as name, l.mode
       from pg_locks l join pg_stat_activity a on a.pid = l.pid
      where l.locktype = 'advisory' and l.granted and l.objsubid = 1 and l.pid <> pg_backend_pid()
        and l.database = (select oid from pg_database where datname = current_database())
        and (l.classid::bigint << 32) | l.objid::bigint = $1::bigint`,
    [lockKey(scope, dbname)],
  );
  return rows.map((row) => ({
    pid: row.pid,
    applicationName: row.name === '' ? null : row.name,
    mode: row.mode === 'ShareLock' ? 'shared' : 'exclusive',
  }));
}

const meaning: Readonly<Record<LockScope, string>> = {
  restore: 'is being restored or swapped',
  content: 'is being read as a whole, or replaced',
  made: 'is in use by the attempt that made it',
};

function heldBy(request: LockRequest, holders: readonly Holder[]): string {
  const who = holders
    .map((holder) => `${holder.applicationName ?? 'unknown'} (pid ${holder.pid})`)
    .join(', ');
  const by = who === '' ? '' : ` by ${who}`;
  return `The database ${JSON.stringify(request.dbname)} ${meaning[request.scope]}${by}.`;
}

/** Another job of ours holds the lock: the only reason for which a job waits in its queue without using an attempt. */
export function lockBusy(request: LockRequest, holders: readonly Holder[]): SagekeepError {
  return new SagekeepError('LOCK_BUSY', heldBy(request, holders), {
    retryable: true,
    advice: 'Nothing to do: the job waits in the queue and starts when the other one has ended.',
    facts: { dbname: request.dbname, scope: request.scope, holders },
  });
}

/** Who asks with patience has done its work by then: coming again and again for nothing would do it anew each time. */
function notLetGo(request: LockRequest, holders: readonly Holder[]): SagekeepError {
  return new SagekeepError('OBJECT_BUSY', `${heldBy(request, holders)} Ending its sessions did not help.`, {
    retryable: true,
    advice: 'See which jobs keep coming (sagekeep jobs --state active); the job can be run again.',
    facts: { dbname: request.dbname, scope: request.scope, holders },
  });
}

/** Takes the lock now or throws `LOCK_BUSY`, which says who holds it. Never waits: a waiting job holds no worker. */
export async function takeLock(lock: LockSession, request: LockRequest): Promise<void> {
  if (await tryLock(lock.session, request)) return;
  throw lockBusy(request, await holdersOf(lock.session, request.scope, request.dbname));
}

async function lockWithin(lock: LockSession, request: LockRequest, waitMs: number): Promise<boolean> {
  try {
    // 0 would mean for ever.
    await lock.session.query(`set lock_timeout = ${Math.max(1, Math.round(waitMs))}`);
    await lock.session.query(`select pg_advisory_lock${shared(request.mode)}($1::bigint)`, [
      lockKey(request.scope, request.dbname),
    ]);
    return true;
  } catch (error) {
    if (isSagekeepError(error, 'OBJECT_BUSY')) return false;
    throw error;
  } finally {
    if (!lock.session.lost.aborted) await lock.session.query('set lock_timeout = 0');
  }
}

/** A wait inside the server is left only by a cancel from another session. */
function cancelOnAbort(lock: LockSession): Disposable {
  const cancel = () => {
    openHelper(lock)
      .then(async (helper) => {
        await helper.query('select pg_cancel_backend($1)', [lock.session.pid]).catch(() => undefined);
        await helper.close();
      })
      .catch(() => undefined);
  };
  lock.signal.addEventListener('abort', cancel, { once: true });
  return { [Symbol.dispose]: () => lock.signal.removeEventListener('abort', cancel) };
}

/**
 * Takes an exclusive lock, waiting for `patienceMs` in PostgreSQL's own fair queue (which already keeps new readers
 * out), then ends the sessions that still hold it. They are told `LOCK_LOST` and come back. Returns whom it ended.
 * Throws `OBJECT_BUSY` when that was in vain.
 */
export async function takePatiently(
  lock: LockSession,
  request: LockRequest,
  patienceMs: number,
): Promise<Holder[]> {
  using _ = cancelOnAbort(lock);
  try {
    if (await lockWithin(lock, request, patienceMs)) return [];
    const holders = await holdersOf(lock.session, request.scope, request.dbname);
    await terminatePids(
      lock.session,
      holders.map((holder) => holder.pid),
    );
    if (await lockWithin(lock, request, 5_000)) return holders;
  } catch (error) {
    lock.signal.throwIfAborted();
    throw error;
  }
  throw notLetGo(request, await holdersOf(lock.session, request.scope, request.dbname));
}
