import { setTimeout as sleep } from 'node:timers/promises';
import { SagekeepError } from '@sagekeep/contracts';
import { type Connection, connect, type Session } from '../server/index.ts';

export interface StepBackOptions {
  readonly connection: Connection;
  /** Everything of ours that reads that database has this name there. */
  readonly applicationName: string;
  readonly signal: AbortSignal;
  /** True once the tool has every lock that it may wait for. */
  readonly hasItsLocks: () => boolean;
}

/** How often we look, ms: often enough to step back before a server with PostgreSQL's `deadlock_timeout` of 1 s ends somebody. */
const lookEveryMs = 250;

/**
 * Runs `read`, a tool that waits without a limit for some of its locks: pg_dump has one for tables, none for views. While it
 * waits, and somebody waits for a lock that we hold, it is stopped by the signal it was given: production never queues
 * behind what waits. Throws a retryable `OBJECT_BUSY` with the fact `waitedFor` then, else what `read` throws.
 */
export async function steppingBack<T>(
  options: StepBackOptions,
  read: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const over = new AbortController();
  const back = new AbortController();
  const looking = lookAround(options, over.signal, back);
  try {
    return await read(AbortSignal.any([options.signal, back.signal]));
  } catch (error) {
    options.signal.throwIfAborted();
    back.signal.throwIfAborted();
    throw error;
  } finally {
    over.abort();
    // Opening a session with a server that is frozen takes longer than whoever has aborted will wait.
    if (!options.signal.aborted) await looking;
  }
}

/** Never throws: where nobody can look, reading goes on as it would without. What is wrong with the server is the reader's to tell. */
async function lookAround(options: StepBackOptions, over: AbortSignal, back: AbortController): Promise<void> {
  const { connection, applicationName, hasItsLocks } = options;
  const ended = () => over.aborted || hasItsLocks();
  try {
    await sleep(lookEveryMs, undefined, { signal: over });
    if (ended()) return;
    await using session = await connect(connection, { applicationName, signal: over });
    while (!ended()) {
      const waiters = await standingInTheWay(session, applicationName);
      const [first] = waiters;
      if (first !== undefined && !ended()) {
        back.abort(somebodyWaits(first.relation));
        // Its client may be far away from the server, behind a container's exec.
        await cancel(session, applicationName, waiters);
        return;
      }
      await sleep(lookEveryMs, undefined, { signal: over });
    }
  } catch {
    return;
  }
}

function somebodyWaits(relation: string): SagekeepError {
  return new SagekeepError(
    'OBJECT_BUSY',
    `pg_dump waits for ${relation}, which somebody holds, and somebody waits for a table that we hold.`,
    {
      retryable: true,
      advice: `Run the job again when ${relation} is free: a migration or a REFRESH was under way.`,
      facts: { waitedFor: relation },
    },
  );
}

interface Waiter {
  readonly pid: number;
  /** What it waits for. */
  readonly relation: string;
}

/**
 * Those of ours that wait, when somebody waits for a lock that we hold: ours are all ACCESS SHARE, so only ACCESS EXCLUSIVE
 * does. Whoever merely queues behind us for the same object waits for its holder.
 */
function standingInTheWay(session: Session, applicationName: string): Promise<Waiter[]> {
  const sql = `
    with ours as materialized (
      select pid from pg_stat_activity where application_name = $1 and datname = current_database()
    ), locks as materialized (
      select pid, database, relation, mode, granted from pg_locks where locktype = 'relation'
    )
    select pid, relation::regclass::text as relation from locks
     where not granted and pid in (select pid from ours)
       and exists (select from locks held join locks wanted using (database, relation)
                    where held.granted and held.pid in (select pid from ours)
                      and not wanted.granted and wanted.mode = 'AccessExclusiveLock'
                      and wanted.pid not in (select pid from ours))`;
  return session.query<Waiter>(sql, [applicationName]);
}

async function cancel(session: Session, applicationName: string, waiters: readonly Waiter[]): Promise<void> {
  const sql = `select pg_cancel_backend(pid) from pg_stat_activity where pid = any ($1) and application_name = $2`;
  await session.query(sql, [waiters.map(({ pid }) => pid), applicationName]);
}
