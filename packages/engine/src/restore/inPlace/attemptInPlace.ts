import {
  type Difference,
  type Proof,
  type RestorePayload,
  type RestoreRecord,
  SagekeepError,
} from '@sagekeep/contracts';
import { takePatiently } from '../../lock/index.ts';
import { liveDefinitions, objectChanges } from '../../plan/objects.ts';
import { connect } from '../../server/index.ts';
import { type Attempt, firstRecord } from '../attemptAside.ts';
import { analyze, checkIndexes } from '../copy.ts';
import type { RestoreDependencies } from '../dependencies.ts';
import { failAttempt } from '../failAttempt.ts';
import { type Prepared, prepare } from '../prepare.ts';
import { proofNotes } from '../proveCopy.ts';
import { createRecorder, type Recorder } from '../record.ts';
import type { Source } from '../restoreSource.ts';
import { tableCounts, takeSafety } from '../safety.ts';
import { requireLockRoom } from './lockRoom.ts';
import { replaceContent } from './replace.ts';

const patienceMs = 60_000;

function refuse(why: string, advice: string): SagekeepError {
  return new SagekeepError('RESTORE_REFUSED', why, { advice });
}

/** What cannot be asked for together with `inPlace`; known before anything is looked at. */
export function refuseInPlace(payload: RestorePayload, source: Source): void {
  if (payload.withoutSafety) {
    throw refuse(
      'A restore in place keeps nothing of the old database, so its safety backup cannot be left out.',
      'Restore aside, which keeps the old database, or without --without-safety.',
    );
  }
  if (source.foreign !== null) {
    throw refuse(
      'A file without a manifest of ours is not restored in place: there is no telling what it does.',
      'Restore it aside, or --into a database of another name, and back that up.',
    );
  }
}

async function replace(
  deps: RestoreDependencies,
  attempt: Attempt,
  options: Prepared & { recorder: Recorder },
) {
  const { target, source, choice, lock, phases, context } = attempt;
  const { recorder, tools, needs } = options;
  const began = performance.now();
  await phases.run('replace', 40, () =>
    replaceContent({
      connection: target.connection,
      dump: choice.dump,
      manifest: source.manifest,
      tools: tools.tools,
      serverMajor: needs.serverMajor,
      memoryBytes: target.database.restoreMemoryBytes,
      applicationName: lock.applicationName,
      context,
      killGraceMs: deps.killGraceMs,
      onProven: async (xid) => {
        await recorder.update({ xid });
        await context.border('restore:before-commit');
      },
    }),
  );
  return Math.round(performance.now() - began);
}

function proofOf(attempt: Attempt, options: Prepared, differences: Difference[], at: string): Proof {
  const { source, target, choice, phases, context } = attempt;
  const failed = differences.some((difference) => difference.excuse === undefined);
  return {
    kind: 'proof',
    result: failed ? 'failed' : differences.length === 0 ? 'proven' : 'content-proven',
    at,
    where: target.server,
    serverVersion: options.needs.serverVersionText,
    clientVersion: options.tools.tools.version,
    vectorIndexes: true,
    files: [choice.dump.name],
    durationMs: phases.timings['replace'] ?? 0,
    timings: { ...phases.timings },
    differences,
    notes: [
      'Rows, sequences and large objects were compared inside the transaction, before its commit; definitions after it.',
      ...proofNotes(source.manifest.inventory),
    ],
    error: null,
    jobId: context.jobId,
  };
}

function definitionsDiffer(
  attempt: Attempt,
  record: RestoreRecord,
  differences: readonly Difference[],
): SagekeepError {
  const first = differences.find((difference) => difference.excuse === undefined);
  return new SagekeepError(
    'INVENTORY_MISMATCH',
    `All rows came back, but definitions are not what the backup recorded, first ${first?.name} (${first?.change}).`,
    {
      advice: `The state before is in the safety backup: sagekeep restore ${attempt.target.database.name} ${record.safetyBackup} --in-place`,
      facts: { differences: differences.slice(0, 20) },
    },
  );
}

/** After the commit others may write, but nobody but us changes definitions: those are compared now. */
async function proveDefinitions(
  deps: RestoreDependencies,
  attempt: Attempt,
  options: Prepared & { recorder: Recorder },
) {
  const { target, source, lock, context, phases } = attempt;
  const { recorder, tools, needs } = options;
  const { applicationName } = lock;
  const { connection } = target;
  await phases.run('analyze', 85, () => analyze({ connection, applicationName, context }));
  await checkIndexes({ connection, applicationName, context });
  const { killGraceMs } = deps;
  const { signal } = context;
  const live = { connection, tools: tools.tools, applicationName, signal, killGraceMs };
  const definitions = await phases.run('proof', 90, () => liveDefinitions(live));
  const { entries, largeObjects } = source.manifest.inventory;
  const sameMajor = Math.floor(source.manifest.serverVersionNum / 10_000) === needs.serverMajor;
  const differences = objectChanges({
    before: entries,
    after: definitions,
    sameMajor,
    largeObjects: largeObjects.count > 0,
  });
  const proof = proofOf(attempt, options, differences, deps.now().toISOString());
  await recorder.update({ proof, differences });
  if (proof.result === 'failed') throw definitionsDiffer(attempt, recorder.record, differences);
}

async function work(deps: RestoreDependencies, attempt: Attempt, options: Prepared & { recorder: Recorder }) {
  const { target, payload, context, source, lock, phases, shortId } = attempt;
  const { live, recorder } = options;
  const { dbname } = target.connection;
  const { signal } = context;
  const safety = await phases.run('safety', 6, () =>
    takeSafety(deps, target, { live, payload, shortId, context, signal }),
  );
  const after = new Map(source.manifest.inventory.tables.map((table) => [table.name, table.rows]));
  await recorder.update({
    safetyBackup: safety.backup,
    tables: tableCounts(safety.rows, after),
    notes: [...recorder.record.notes, ...options.tools.warnings],
  });
  const content = { scope: 'content', dbname, mode: 'exclusive' } as const;
  const ended = await takePatiently(lock, content, patienceMs);
  for (const holder of ended)
    context.log(`ended ${holder.applicationName ?? 'a reader'}, which is retried later`);
  const downtimeMs = await replace(deps, attempt, options);
  await recorder.update({ downtimeMs });
  await proveDefinitions(deps, attempt, options);
  await recorder.update({
    state: 'swapped',
    finishedAt: deps.now().toISOString(),
    timings: { ...phases.timings },
  });
}

/**
 * One attempt at a restore in place: for servers where a second database cannot be made. Tables are locked from the first
 * statement to the commit; nothing is kept but the safety backup.
 */
export async function attemptInPlace(deps: RestoreDependencies, attempt: Attempt): Promise<RestoreRecord> {
  const prepared = await prepare(deps, attempt);
  if (prepared.live === null) {
    throw refuse(
      'There is no database to restore into in place.',
      'Restore without --in-place: it creates the database.',
    );
  }
  await using session = await connect(attempt.target.connection, {
    applicationName: attempt.lock.applicationName,
    signal: attempt.context.signal,
  });
  await requireLockRoom(session, attempt.source.manifest);
  await session.close();
  const first = firstRecord(deps, attempt, { method: 'in-place', notes: prepared.notes });
  const recorder = await createRecorder(deps.vault, first);
  try {
    await work(deps, attempt, { ...prepared, recorder });
  } catch (error) {
    return await failAttempt(deps, attempt, { recorder, error });
  }
  return recorder.record;
}
