import { type Difference, type Proof, type RestoreRecord, SagekeepError } from '@sagekeep/contracts';
import { liveDefinitions } from '../../inventory/index.ts';
import { objectChanges } from '../../plan/objects.ts';
import { serverVersion } from '../../server/index.ts';
import type { Attempt } from '../attempt.ts';
import { safetyCommand } from '../commands.ts';
import { analyze, checkIndexes } from '../copy.ts';
import type { RestoreDependencies } from '../dependencies.ts';
import type { Needs } from '../preflight.ts';
import { proofNotes } from '../proveCopy.ts';
import { createRecorder, type Recorder } from '../record.ts';

interface ProveOptions {
  readonly recorder: Recorder;
  readonly needs: Pick<Needs, 'serverMajor' | 'serverVersionText' | 'tools'>;
}

function proofOf(attempt: Attempt, options: ProveOptions, differences: Difference[], at: string): Proof {
  const { source, target, choice, phases, context } = attempt;
  const failed = differences.some((difference) => difference.excuse === undefined);
  return {
    kind: 'proof',
    result: failed ? 'failed' : differences.length === 0 ? 'proven' : 'content-proven',
    at,
    where: target.server,
    serverVersion: options.needs.serverVersionText,
    clientVersion: options.needs.tools.tools.version,
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

function definitionsDiffer(record: RestoreRecord, differences: readonly Difference[]): SagekeepError {
  const first = differences.find((difference) => difference.excuse === undefined);
  return new SagekeepError(
    'INVENTORY_MISMATCH',
    `All rows came back, but definitions are not what the backup recorded, first ${first?.name} (${first?.change}).`,
    {
      advice: `The state before is in the safety backup: ${safetyCommand(record)}`,
      facts: { differences: differences.slice(0, 20) },
    },
  );
}

/**
 * After the commit others are back. Definitions are read at once, before the statistics: an application that finds an older
 * state may soon change them. The proof is in the record when it resolves. Throws `INVENTORY_MISMATCH` when they differ.
 */
export async function proveDefinitions(
  deps: RestoreDependencies,
  attempt: Attempt,
  options: ProveOptions,
): Promise<void> {
  const { target, source, lock, context, phases } = attempt;
  const { recorder, needs } = options;
  const { applicationName } = lock;
  const { connection } = target;
  const { killGraceMs } = deps;
  const { signal } = context;
  const live = {
    connection,
    tools: needs.tools.tools,
    applicationName,
    signal,
    killGraceMs,
    patienceMs: 10_000,
  };
  const definitions = await phases.run('proof', 85, () => liveDefinitions(live));
  await phases.run('analyze', 90, () => analyze({ connection, applicationName, context }));
  await checkIndexes({ connection, applicationName, context });
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
  if (proof.result === 'failed') throw definitionsDiffer(recorder.record, differences);
}

/** A commit of an earlier attempt that nobody has looked at with success. */
export function isUnproven(record: RestoreRecord): boolean {
  return record.method === 'in-place' && (record.error !== null || record.proof === null);
}

/** Brings what an earlier attempt has committed to the proof that this one did not live to see, or did not pass. */
export async function proveCommitted(
  deps: RestoreDependencies,
  attempt: Attempt,
  committed: RestoreRecord,
): Promise<RestoreRecord> {
  const recorder = await createRecorder(deps.vault, committed);
  const version = await serverVersion(attempt.lock.session);
  const tools = await deps.tools.forServer(version.major);
  const needs = { serverMajor: version.major, serverVersionText: version.text, tools };
  try {
    await proveDefinitions(deps, attempt, { recorder, needs });
  } catch (error) {
    await recorder.update({ error: error instanceof Error ? error.message : String(error) });
    throw error;
  }
  const note = `Its definitions were compared by the attempt ${attempt.context.attempt}.`;
  return await recorder.update({ error: null, notes: [...recorder.record.notes, note] });
}
