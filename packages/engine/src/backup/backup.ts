import {
  type BackupPayload,
  isSagekeepError,
  type JobContext,
  type Manifest,
  type Report,
} from '@sagekeep/contracts';
import type { Attempt } from '@sagekeep/storage';
import { namingContainer } from '../docker/index.ts';
import { applicationName, newShortId, withContentLock } from '../lock/index.ts';
import { backupReport, lastCleanup } from '../report/index.ts';
import { withSignal } from '../restore/context.ts';
import type { BackupDependencies } from './dependencies.ts';
import { manifestOf } from './manifest.ts';
import { createPhases } from './phases.ts';
import { findDatabase, preflight } from './preflight.ts';
import { writeBackup } from './write.ts';
import type { WriteOptions } from './writeOptions.ts';

export interface BackupOutcome {
  readonly manifest: Manifest;
  readonly report: Report;
}

/** The job whose name the sessions carry: its next attempt ends what is left of this one. */
const sessionsOf = ({ jobId, partOf }: JobContext) => partOf ?? jobId;

const touchEveryMs = 20_000;

/** Tells sweepers that the attempt is alive for as long as it is not disposed of. */
function keepAlive(attempt: Attempt): Disposable {
  const timer = setInterval(() => void attempt.touch().catch(() => undefined), touchEveryMs);
  timer.unref();
  return { [Symbol.dispose]: () => clearInterval(timer) };
}

/** What follows a published backup; repeated by a later attempt of a job that died in between. */
async function finish(
  deps: BackupDependencies,
  manifest: Manifest,
  { payload, context }: { payload: BackupPayload; context: JobContext },
): Promise<BackupOutcome> {
  const { catalogue, records } = deps.vault;
  if (payload.hold !== undefined) {
    const { marks } = await catalogue.get(manifest.id);
    const hold = {
      kind: 'hold',
      at: deps.now().toISOString(),
      by: payload.by,
      reason: payload.hold,
    } as const;
    if (marks.hold === null) await catalogue.mark(manifest.id, hold);
  }
  const report = backupReport(manifest, context, await lastCleanup(records, manifest.database));
  await records.put('reports', manifest.jobId, report);
  return { manifest, report };
}

async function alreadyMade(
  deps: BackupDependencies,
  payload: BackupPayload,
  context: JobContext,
): Promise<Manifest | null> {
  const made = await deps.vault.catalogue.byJob(payload.database, context.jobId);
  if (made !== null) context.log(`This job has already made ${made.manifest.id}.`);
  return made?.manifest ?? null;
}

async function publish(
  deps: BackupDependencies,
  options: WriteOptions & { startedAt: Date },
): Promise<Manifest> {
  const written = await writeBackup(deps, options);
  const { attempt, phases } = options;
  return phases.run('publish', async () => {
    const manifest = manifestOf(deps, options, written);
    await attempt.publish(manifest);
    return manifest;
  });
}

async function backUp(
  deps: BackupDependencies,
  payload: BackupPayload,
  context: JobContext,
): Promise<Manifest> {
  const { config, connection } = findDatabase(deps, payload.database);
  const startedAt = deps.now();
  const phases = createPhases(context);
  const name = applicationName('backup', newShortId(sessionsOf(context), context.attempt));
  const base = { config, connection, payload, context, phases, applicationName: name, startedAt };
  const checked = await phases.run('preflight', () => preflight(deps, { ...base, signal: context.signal }));
  for (const note of checked.notes) context.log(`preflight: ${note}`);
  const owner = { jobId: context.jobId, attempt: context.attempt };
  const attempt = await deps.vault.attempts.begin(config.name, startedAt, owner);
  try {
    using _ = keepAlive(attempt);
    return await publish(deps, { ...base, preflight: checked, attempt });
  } catch (error) {
    await attempt.discard();
    throw error;
  }
}

/**
 * Makes one backup, whole or not at all: what it resolves with is published, read back and listed. A job that has
 * already published one gets that one again. Any failure discards the attempt's files; `retryable` is truthful.
 */
export async function backup(
  deps: BackupDependencies,
  payload: BackupPayload,
  context: JobContext,
): Promise<BackupOutcome> {
  const { config, connection } = findDatabase(deps, payload.database);
  const before = await alreadyMade(deps, payload, context);
  if (before !== null) return finish(deps, before, { payload, context });
  const { attempt, signal } = context;
  const operation = payload.reason === 'safety' ? 'safety backup' : 'backup';
  const manifest = await namingContainer(deps, { database: config, server: 'own', signal }, () =>
    withContentLock({ operation, connection, jobId: sessionsOf(context), attempt, signal }, (held) =>
      backUp(deps, payload, withSignal(context, held)),
    ),
  ).catch(async (error: unknown) => {
    // Another attempt of this job, thought to be dead, was first after all.
    const other = isSagekeepError(error, 'STORAGE_OBJECT_EXISTS')
      ? await alreadyMade(deps, payload, context)
      : null;
    if (other === null) throw error;
    return other;
  });
  const outcome = await finish(deps, manifest, { payload, context });
  const bytes = manifest.files.reduce((sum, file) => sum + file.bytes, 0);
  context.log(`done: ${manifest.id}, ${manifest.files.length} files, ${bytes} bytes`);
  context.progress({ progress: 100, phase: 'done', bytes, detail: manifest.id });
  return outcome;
}
