import { setTimeout as pause } from 'node:timers/promises';
import { SagekeepError } from '@sagekeep/contracts';
import { type Session, serverVersion } from '../server/index.ts';
import type { EnterFrom } from './enterCopy.ts';
import { openHelper } from './session.ts';

/** Most drops are over before; none of them needs to be watched. */
const firstLookMs = 1_000;
const lookMs = 500;
/** How long sessions may take no notice of a drop: others answer within milliseconds. */
const patienceMs = 10_000;

/** From here on nobody gets into a database whose drop was ended half-way. */
const marksHalfDropped = 150_004;

interface Silent {
  readonly pid: number;
  readonly words: string;
}

/** Sessions in the midst of a transfer: while their client neither reads nor writes, they take notice of nothing. */
async function silentSessions(session: Session): Promise<Silent[]> {
  return await session.query<{ pid: number; words: string }>(
    `select pid, format('pid %s (%s of %s in %s)', pid, coalesce(nullif(application_name, ''), 'a session'), usename,
                        coalesce(datname, 'no database')) as words
       from pg_stat_activity
      where wait_event = 'ClientWrite' or (wait_event = 'ClientRead' and state = 'active') order by pid`,
  );
}

async function waitsForBarrier(session: Session, pid: number): Promise<boolean> {
  const rows = await session.query(
    `select from pg_stat_activity where pid = $1 and wait_event = 'ProcSignalBarrier'`,
    [pid],
  );
  return rows.length > 0;
}

function stuck(name: string, silent: readonly Silent[]): SagekeepError {
  const seen =
    silent.length === 0
      ? ''
      : ` Seen waiting for its client: ${silent.map(({ words }) => words).join(', ')}.`;
  return new SagekeepError(
    'OBJECT_BUSY',
    `${JSON.stringify(name)} could not be dropped yet: PostgreSQL waits until every session has taken notice, and for ${patienceMs / 1000} s one did not.${seen}`,
    {
      retryable: true,
      advice:
        'The server\'s log names it ("still waiting for backend with PID"): end its client, or the session by pg_terminate_backend(pid). The next cleanup drops the database.',
      facts: { dbname: name, pids: silent.map(({ pid }) => pid) },
    },
  );
}

/** Resolves, with those that were seen at every look, when the drop has waited for its barrier for too long. */
async function untilStuck(watcher: Session, pid: number, over: AbortSignal): Promise<Silent[]> {
  let waiting: { since: number; silent: Silent[] } | null = null;
  for (;;) {
    if (await waitsForBarrier(watcher, pid)) {
      const silent = await silentSessions(watcher);
      waiting ??= { since: performance.now(), silent };
      waiting.silent = waiting.silent.filter((seen) => silent.some((now) => now.pid === seen.pid));
      if (performance.now() - waiting.since >= patienceMs) return waiting.silent;
    } else waiting = null;
    await pause(lookMs, undefined, { signal: over });
  }
}

/**
 * Watches a `DROP DATABASE` that runs on `from.session` and ends it when it has waited for 10 s for sessions that take no
 * notice; resolves with the error that says so, or with null when `over` aborts first. Since PostgreSQL 15 a drop waits
 * for every session of the server, whatever database it is in (`WaitForProcSignalBarrier`), and one in the midst of a transfer
 * answers only when its client goes on. What the drop itself has to do takes as long as it takes, and so does all of it before
 * 15.4, where a drop that is ended leaves a database behind that anybody may enter.
 */
export async function endStuckDrop(
  from: EnterFrom,
  name: string,
  over: AbortSignal,
): Promise<SagekeepError | null> {
  const { session } = from;
  try {
    await pause(firstLookMs, undefined, { signal: over });
    await using watcher = await openHelper(from);
    if ((await serverVersion(watcher)).num < marksHalfDropped) return null;
    const silent = await untilStuck(watcher, session.pid, over);
    await watcher.query('select pg_cancel_backend($1)', [session.pid]);
    return stuck(name, silent);
  } catch {
    // It is over, or nobody can look: then it waits as PostgreSQL does.
    return null;
  }
}
