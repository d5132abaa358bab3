import type { JobContext, Report, RestorePayload, RestoreRecord } from '@sagekeep/contracts';
import { namingContainer } from '../docker/index.ts';
import { fence, type LockSession, newShortId, openLockSession, takeTarget } from '../lock/index.ts';
import type { Attempt } from './attempt.ts';
import { attemptAside } from './attemptAside.ts';
import { withSignal } from './context.ts';
import type { RestoreDependencies } from './dependencies.ts';
import { attemptInPlace } from './inPlace/attemptInPlace.ts';
import { partLiveError } from './inPlace/partLive.ts';
import { isUnproven, proveCommitted } from './inPlace/proveDefinitions.ts';
import { refuseInPlace } from './inPlace/refusals.ts';
import { keepSettled } from './keepSettled.ts';
import { createPhases } from './phases.ts';
import { allRestores } from './record.ts';
import { restoreReport } from './restoreReport.ts';
import { checkSource, type FoundSource, findSource, inspectSource } from './restoreSource.ts';
import { isOnServer, serverOf } from './servers.ts';
import { settle, settleUndo } from './settle.ts';
import { resolveTarget, type Target } from './target.ts';
import { undoneSince } from './undoErrors.ts';

export interface Restored {
  readonly record: RestoreRecord;
  readonly report: Report;
}

/**
 * Tells the truth about every attempt on this target that ended without a word; we hold its lock, so none is alive.
 * Returns the newest restore that this very job has put live before, be it in part, whatever became of it since.
 */
async function settleEarlier(
  deps: RestoreDependencies,
  lock: LockSession,
  target: Target,
  jobId: string,
): Promise<RestoreRecord | null> {
  let done: RestoreRecord | null = null;
  const server = await serverOf(lock.session, target.connection);
  for (const record of await allRestores(deps.vault)) {
    if (record.into !== target.connection.dbname || !isOnServer(deps, record, server)) continue;
    const { keepBeforeMs } = target.database;
    const options = { session: lock.session, now: deps.now(), keepBeforeMs };
    const settled = await settleUndo({ ...options, record: await settle({ ...options, record }) });
    if (settled !== record) await keepSettled(deps, settled);
    if (settled.jobId === jobId && wasLive(settled)) done ??= settled;
  }
  return done;
}

/** It may have been undone, or what it kept been dropped, before the job that knows nothing of its end runs again. */
function wasLive({ state, partLive }: RestoreRecord): boolean {
  return ['swapped', 'undone', 'expired'].includes(state) || partLive === true;
}

async function keepReport(deps: RestoreDependencies, record: RestoreRecord): Promise<Restored> {
  const report = restoreReport(record, deps.now());
  await deps.vault.records.put('reports', report.id, report);
  return { record, report };
}

/** An attempt that came as far as a record has something to report. The failure itself is what the caller hears. */
async function keepFailure(deps: RestoreDependencies, jobId: string): Promise<void> {
  try {
    const record = (await allRestores(deps.vault)).find((entry) => entry.jobId === jobId);
    if (record !== undefined) await keepReport(deps, record);
  } catch (error) {
    deps.log.warn({ err: error, job: jobId }, 'the report of a failed restore could not be kept');
  }
}

async function underLock(
  deps: RestoreDependencies,
  begun: Omit<Attempt, 'lock' | 'context' | 'choice' | 'source'> & { found: FoundSource },
  outer: JobContext,
) {
  const { found, ...attempt } = begun;
  const { target, payload, phases, shortId } = attempt;
  const { dbname } = target.connection;
  const { signal } = outer;
  await using lock = await namingContainer(deps, { ...target, signal }, () =>
    openLockSession(target.connection, { kind: 'restore', shortId, signal }),
  );
  const owner = { dbname, jobId: outer.jobId, attempt: outer.attempt, shortId };
  await takeTarget(lock, owner);
  const fenced = await fence(lock, owner);
  for (const name of fenced.sessions) outer.log(`ended ${name}, a session of an earlier attempt`);
  for (const name of fenced.databases) outer.log(`dropped ${name}, left behind by an earlier attempt`);
  for (const why of fenced.left) outer.log(why);
  const done = await settleEarlier(deps, lock, target, outer.jobId);
  if (done?.partLive === true) throw partLiveError(done);
  if (done?.state === 'undone') throw undoneSince(done);
  if (done !== null && !isUnproven(done)) return done;
  if (done === null) await outer.border('restore:locked');
  const context = withSignal(outer, lock.signal);
  // Not before: whoever has to wait for the lock would read all of it each time that he comes for it.
  const read = await phases.run('checks', 0, async () => {
    const source = await inspectSource(deps, found, { trustFile: payload.trustFile, context });
    return { source, choice: await checkSource(deps, source, context) };
  });
  const full = { ...attempt, ...read, lock, context };
  if (done !== null) return await proveCommitted(deps, full, done);
  return await (payload.inPlace ? attemptInPlace(deps, full) : attemptAside(deps, full));
}

/**
 * Restores a backup: builds it aside, proves it, swaps it in. The live database is not touched before a complete, proven
 * copy stands beside it; then it is replaced in one transaction and kept. See `Engine.restore` for what a caller may
 * rely on. An attempt that follows one which died after its swap finds that out and resolves with its record.
 */
export async function restore(
  deps: RestoreDependencies,
  payload: RestorePayload,
  context: JobContext,
): Promise<Restored> {
  const target = resolveTarget(deps, payload);
  const found = await findSource(deps, payload);
  if (payload.inPlace) refuseInPlace(payload, found);
  await using _pin =
    found.backup === null
      ? null
      : await deps.vault.pins.pin(found.backup.manifest.id, `restore ${context.jobId}`);
  const phases = createPhases(context, 'restore');
  const shortId = newShortId(context.jobId, context.attempt);
  const begun = { target, found, payload, phases, shortId };
  const record = await underLock(deps, begun, context).catch(async (error: unknown) => {
    await keepFailure(deps, context.jobId);
    throw error;
  });
  context.progress({ progress: 100, phase: 'done' });
  return await keepReport(deps, record);
}
