import type { DatabaseProperties, RestoreRecord } from '@sagekeep/contracts';
import { madeName } from '../lock/index.ts';
import { systemIdentifier } from '../server/index.ts';
import type { Attempt } from './attempt.ts';
import { buildAside } from './buildAside.ts';
import type { RestoreDependencies } from './dependencies.ts';
import { failAttempt } from './failAttempt.ts';
import { goLive } from './goLive.ts';
import { inParallel } from './inParallel.ts';
import { type Prepared, prepare } from './prepare.ts';
import { createRecorder, type Recorder, restoreId } from './record.ts';
import { tableCounts, takeSafety } from './safety.ts';

export interface FirstRecord {
  readonly method: RestoreRecord['method'];
  readonly notes: readonly string[];
}

export async function firstRecord(
  deps: RestoreDependencies,
  attempt: Attempt,
  { method, notes }: FirstRecord,
): Promise<RestoreRecord> {
  const { target, source, choice, payload, shortId, context } = attempt;
  const now = deps.now();
  const { dbname } = target.connection;
  return {
    version: 1,
    id: restoreId(target.database.name, now, shortId),
    database: target.database.name,
    state: 'building',
    source: source.label,
    backup: source.backup?.manifest.id ?? null,
    into: dbname,
    server: target.server,
    serverId: await systemIdentifier(attempt.lock.session),
    own: target.configured?.name === target.database.name,
    method,
    by: payload.by,
    jobId: context.jobId,
    attempt: context.attempt,
    startedAt: now.toISOString(),
    finishedAt: null,
    shortId,
    aside: method === 'aside' ? madeName(dbname, 'aside', shortId) : dbname,
    before: null,
    asideOid: null,
    beforeOid: null,
    undoUntil: null,
    safetyBackup: null,
    closingBackup: null,
    withoutSafety: payload.withoutSafety,
    trustFile: payload.trustFile,
    downtimeMs: null,
    tables: [],
    timings: {},
    proof: null,
    differences: [],
    notes: [...choice.notes, ...notes],
    error: null,
  };
}

async function goLiveNow(
  deps: RestoreDependencies,
  attempt: Attempt,
  options: { recorder: Recorder; wanted: DatabaseProperties },
): Promise<void> {
  const { lock, target, phases, shortId, context } = attempt;
  const { recorder, wanted } = options;
  const { record } = recorder;
  const before = madeName(record.into, 'before', shortId);
  const undoUntil = new Date(deps.now().getTime() + target.database.keepBeforeMs).toISOString();
  const swapped = await phases.run('swap', 97, () =>
    goLive({
      lock,
      name: record.into,
      incoming: { name: record.aside, oid: record.asideOid ?? 0 },
      before,
      why: `kept by restore ${record.id} until ${undoUntil}`,
      wanted,
      patienceMs: deps.restorePatienceMs,
      context,
      onBefore: async (live) => {
        await recorder.update({
          beforeOid: live?.oid ?? null,
          beforeBytes: live?.bytes ?? null,
          liveProperties: live?.properties ?? null,
        });
      },
      onFailure: async (downtimeMs) => {
        await recorder.update({ downtimeMs: Math.round(downtimeMs) });
      },
    }),
  );
  const kept = recorder.record.beforeOid !== null;
  await recorder.update({
    state: 'swapped',
    finishedAt: deps.now().toISOString(),
    before: kept ? before : null,
    undoUntil: kept ? undoUntil : null,
    downtimeMs: Math.round(swapped.downtimeMs),
    timings: { ...phases.timings },
  });
}

async function work(deps: RestoreDependencies, attempt: Attempt, prepared: Prepared, recorder: Recorder) {
  const { target, payload, source, shortId, context } = attempt;
  const [safety] = await inParallel(
    context.signal,
    (signal) => takeSafety(deps, target, { live: prepared.live, payload, shortId, context, signal }),
    (signal) => buildAside(deps, attempt, { ...prepared, recorder, signal }),
  );
  const after = new Map(source.manifest.inventory.tables.map((table) => [table.name, table.rows]));
  await recorder.update({
    safetyBackup: safety.backup,
    tables: tableCounts(safety.rows, after),
    notes: [...recorder.record.notes, ...safety.notes, ...prepared.needs.tools.warnings],
  });
  await context.border('restore:proven');
  await goLiveNow(deps, attempt, { recorder, wanted: prepared.wanted });
}

/** Runs one attempt to its end and returns its record: swapped, or it throws and the record says why it failed. */
export async function attemptAside(deps: RestoreDependencies, attempt: Attempt): Promise<RestoreRecord> {
  const prepared = await prepare(deps, attempt);
  const { notes } = prepared;
  const recorder = await createRecorder(
    deps.vault,
    await firstRecord(deps, attempt, { method: 'aside', notes }),
  );
  try {
    await work(deps, attempt, prepared, recorder);
    await attempt.context.border('restore:swapped');
  } catch (error) {
    return await failAttempt(deps, attempt, { recorder, error });
  }
  return recorder.record;
}
