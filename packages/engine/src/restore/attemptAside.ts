import {
  type Difference,
  type JobContext,
  type Proof,
  type RestorePayload,
  type RestoreRecord,
  SagekeepError,
} from '@sagekeep/contracts';
import { type LockSession, madeName } from '../lock/index.ts';
import { requirePlan } from '../plan/survey.ts';
import { onDatabase } from '../server/index.ts';
import type { ToolChoice } from '../tools/index.ts';
import { buildCopy } from './build.ts';
import { withSignal } from './context.ts';
import type { RestoreDependencies } from './dependencies.ts';
import { failAttempt } from './failAttempt.ts';
import { goLive } from './goLive.ts';
import { restoreJobs } from './load.ts';
import type { Phases } from './phases.ts';
import { assessNeeds, type Needs } from './preflight.ts';
import { type PresentDatabase, presentDatabase } from './properties.ts';
import { proveCopy } from './proveCopy.ts';
import { createRecorder, type Recorder, restoreId } from './record.ts';
import type { Source } from './restoreSource.ts';
import { createMissingRoles } from './roles.ts';
import { refuseUnsaved, tableCounts, takeSafety } from './safety.ts';
import type { Choice } from './source.ts';
import type { Target } from './target.ts';
import { together } from './together.ts';

/** One attempt at a restore, holding its target's lock. */
export interface Attempt {
  readonly target: Target;
  readonly source: Source;
  readonly choice: Choice;
  readonly payload: RestorePayload;
  readonly phases: Phases;
  readonly shortId: string;
  readonly lock: LockSession;
  /** Its signal also aborts when the lock is lost. */
  readonly context: JobContext;
}

const patienceMs = 60_000;

function firstRecord(deps: RestoreDependencies, attempt: Attempt): RestoreRecord {
  const { target, source, choice, payload, shortId, context } = attempt;
  const now = deps.now();
  const { dbname } = target.connection;
  return {
    version: 1,
    id: restoreId(target.database.name, now, shortId),
    database: target.database.name,
    state: 'building',
    source: source.label,
    backup: source.backup.manifest.id,
    into: dbname,
    server: target.server,
    method: 'aside',
    by: payload.by,
    jobId: context.jobId,
    attempt: context.attempt,
    startedAt: now.toISOString(),
    finishedAt: null,
    shortId,
    aside: madeName(dbname, 'aside', shortId),
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
    notes: [...choice.notes],
    error: null,
  };
}

interface Prepared {
  readonly live: PresentDatabase | null;
  readonly needs: Needs;
  readonly tools: ToolChoice;
}

async function prepare(deps: RestoreDependencies, attempt: Attempt): Promise<Prepared> {
  const { lock, target, payload, source, context } = attempt;
  const { manifest } = source.backup;
  const live = await presentDatabase(lock.session, target.connection.dbname);
  refuseUnsaved(target, live, payload);
  const owner = live?.properties.owner ?? manifest.properties.owner;
  const needs = await assessNeeds({
    session: lock.session,
    manifest,
    owner,
    createRoles: payload.createRoles,
  });
  const [obstacle] = needs.obstacles;
  if (obstacle !== undefined) throw obstacle;
  if (payload.planHash !== undefined) {
    const { applicationName } = lock;
    await requirePlan(
      deps,
      { target, source, session: lock.session, context, applicationName, payload },
      payload.planHash,
    );
  }
  if (payload.createRoles && needs.missingRoles.length > 0) {
    await createMissingRoles(deps, { attempt, missing: needs.missingRoles });
  }
  return { live, needs, tools: await deps.tools.forServer(needs.serverMajor) };
}

function mismatch(differences: readonly Difference[]): SagekeepError {
  const first = differences[0];
  const example = first === undefined ? '' : `: ${first.kind} ${first.name} is ${first.change}`;
  return new SagekeepError(
    'INVENTORY_MISMATCH',
    `The copy does not hold what the backup recorded: ${differences.length} differences${example}.`,
    {
      advice:
        'The live database was not touched. Prove this backup ("sagekeep prove") and restore another one.',
      facts: { differences: differences.slice(0, 20) },
    },
  );
}

/** The part that a restore aside and nothing else does: a complete copy and its proof. */
async function buildAndProve(
  deps: RestoreDependencies,
  attempt: Attempt,
  prepared: Prepared & { recorder: Recorder; signal: AbortSignal },
): Promise<Proof> {
  const { lock, target, source, choice, phases } = attempt;
  const { recorder, live, needs } = prepared;
  const context = withSignal(attempt.context, prepared.signal);
  const { manifest } = source.backup;
  await buildCopy({
    lock,
    name: recorder.record.aside,
    comment: `built by restore ${recorder.record.id} for ${JSON.stringify(target.connection.dbname)}`,
    wanted: { ...manifest.properties, owner: live?.properties.owner ?? manifest.properties.owner },
    dump: choice.dump,
    inventory: manifest.inventory,
    tools: prepared.tools.tools,
    serverMajor: needs.serverMajor,
    jobs: restoreJobs(),
    memoryBytes: target.database.restoreMemoryBytes,
    context,
    phases,
    killGraceMs: deps.killGraceMs,
    onCreated: async (asideOid) => {
      await recorder.update({ asideOid });
    },
  });
  const proof = await phases.run('proof', 80, () =>
    proveCopy({
      connection: onDatabase(lock.connection, recorder.record.aside),
      applicationName: lock.applicationName,
      manifest,
      tools: prepared.tools.tools,
      needs,
      where: target.server,
      files: [choice.dump.name],
      timings: phases.timings,
      context,
      killGraceMs: deps.killGraceMs,
      now: deps.now,
    }),
  );
  await recorder.update({ proof, differences: proof.differences });
  if (proof.result === 'failed') throw mismatch(proof.differences);
  return proof;
}

async function goLiveNow(deps: RestoreDependencies, attempt: Attempt, recorder: Recorder): Promise<void> {
  const { lock, target, source, phases, shortId, context } = attempt;
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
      wanted: source.backup.manifest.properties,
      patienceMs,
      context,
      onBefore: async (beforeOid) => {
        await recorder.update({ beforeOid });
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
  const { target, payload, source, context } = attempt;
  const [safety] = await together(
    context.signal,
    (signal) => takeSafety(deps, target, { live: prepared.live, payload, context, signal }),
    (signal) => buildAndProve(deps, attempt, { ...prepared, recorder, signal }),
  );
  const after = new Map(source.backup.manifest.inventory.tables.map((table) => [table.name, table.rows]));
  await recorder.update({
    safetyBackup: safety.backup,
    tables: tableCounts(safety.rows, after),
    notes: [...recorder.record.notes, ...safety.notes, ...prepared.tools.warnings],
  });
  await context.border('restore:proven');
  await goLiveNow(deps, attempt, recorder);
}

/** Runs one attempt to its end and returns its record: swapped, or it throws and the record says why it failed. */
export async function attemptAside(deps: RestoreDependencies, attempt: Attempt): Promise<RestoreRecord> {
  const prepared = await prepare(deps, attempt);
  const recorder = await createRecorder(deps.vault, firstRecord(deps, attempt));
  try {
    await work(deps, attempt, prepared, recorder);
    await attempt.context.border('restore:swapped');
  } catch (error) {
    return await failAttempt(deps, attempt, { recorder, error });
  }
  return recorder.record;
}
