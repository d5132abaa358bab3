import type { RestoreRecord } from '@sagekeep/contracts';
import { takePatiently } from '../../lock/index.ts';
import { connect } from '../../server/index.ts';
import type { Attempt } from '../attempt.ts';
import { firstRecord } from '../attemptAside.ts';
import { watchBuild } from '../buildWatch.ts';
import { contentBytes, indexesIn } from '../copy.ts';
import type { RestoreDependencies } from '../dependencies.ts';
import { failAttempt } from '../failAttempt.ts';
import { buildMemoryOn } from '../memory.ts';
import { type Prepared, prepare } from '../prepare.ts';
import type { PresentDatabase } from '../properties.ts';
import { createRecorder, type Recorder } from '../record.ts';
import { tableCounts, takeSafety } from '../safety.ts';
import { requireLockRoom } from './lockRoom.ts';
import { proveDefinitions } from './proveDefinitions.ts';
import { nothingInPlace } from './refusals.ts';
import { replaceContent } from './replace.ts';
import { requireSameDatabase } from './sameDatabase.ts';
import { requireNoSubscriptions } from './subscriptions.ts';

interface Options extends Prepared {
  readonly live: PresentDatabase;
  readonly recorder: Recorder;
}

async function replace(deps: RestoreDependencies, attempt: Attempt, options: Options) {
  const { target, source, choice, lock, phases, context } = attempt;
  const { recorder, needs, live } = options;
  const { server } = target;
  const memory = await buildMemoryOn(deps, target.database, { server, signal: context.signal });
  const { inventory } = source.manifest;
  using _ = watchBuild({
    session: lock.session,
    dbname: target.connection.dbname,
    expectedBytes: contentBytes(inventory),
    expectedIndexes: indexesIn(inventory),
    context,
    from: 40,
    to: 62,
    end: 84,
  });
  const began = performance.now();
  const replaced = phases.run('replace', 40, () =>
    replaceContent({
      connection: target.connection,
      dump: choice.dump,
      manifest: source.manifest,
      tools: needs.tools.tools,
      serverMajor: needs.serverMajor,
      memory,
      applicationName: lock.applicationName,
      context,
      killGraceMs: deps.killGraceMs,
      onBegun: async (began) => {
        await requireSameDatabase(lock.session, live, began);
        await recorder.update({ began });
      },
      onProven: async (xid) => {
        await recorder.update({ xid });
        await context.border('restore:before-commit');
      },
    }),
  );
  // Tables were locked as long when nothing came of it.
  const measured = () => recorder.update({ downtimeMs: Math.round(performance.now() - began) });
  await replaced.catch(async (error: unknown) => {
    // A storage that cannot write that down must not hide why nothing was replaced.
    await measured().catch(() => undefined);
    throw error;
  });
  await measured();
}

async function work(deps: RestoreDependencies, attempt: Attempt, options: Options) {
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
    notes: [...recorder.record.notes, ...options.needs.tools.warnings],
  });
  const content = { scope: 'content', dbname, mode: 'exclusive' } as const;
  const ended = await takePatiently(lock, content, deps.restorePatienceMs);
  for (const holder of ended)
    context.log(`ended ${holder.applicationName ?? 'a reader'}, which is retried later`);
  await replace(deps, attempt, options);
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
  await requireNoSubscriptions(attempt.lock.session, attempt.target.connection.dbname);
  const prepared = await prepare(deps, attempt);
  const { live } = prepared;
  if (live === null) throw nothingInPlace();
  await using session = await connect(attempt.target.connection, {
    applicationName: attempt.lock.applicationName,
    signal: attempt.context.signal,
  });
  await requireLockRoom(session, attempt.source.manifest);
  await session.close();
  const first = await firstRecord(deps, attempt, { method: 'in-place', notes: prepared.notes });
  const recorder = await createRecorder(deps.vault, first);
  try {
    await work(deps, attempt, { ...prepared, live, recorder });
  } catch (error) {
    return await failAttempt(deps, attempt, { recorder, error });
  }
  return recorder.record;
}
