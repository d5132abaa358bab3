import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Backup, JobContext, Proof, ProvePayload } from '@sagekeep/contracts';
import { namingContainer } from '../docker/index.ts';
import {
  dropCopy,
  endPastLives,
  type LockSession,
  madeName,
  newShortId,
  openLockSession,
} from '../lock/index.ts';
import { withSignal } from '../restore/context.ts';
import type { RestoreDependencies } from '../restore/dependencies.ts';
import { loadObstacle } from '../restore/loadObstacle.ts';
import { buildMemoryOn } from '../restore/memory.ts';
import { createPhases } from '../restore/phases.ts';
import { tooOld } from '../restore/preflight.ts';
import { databaseNamed, resolveServer } from '../restore/target.ts';
import { onDatabase, serverVersion } from '../server/index.ts';
import { openPrivateFolder } from '../temporary/index.ts';
import type { ClientTools } from '../tools/index.ts';
import { backupToProve } from './backupToProve.ts';
import { decodeAll } from './decodeAll.ts';
import { failedProof } from './failedProof.ts';
import { careful, inScratch, type Proving } from './inScratch.ts';
import { keepDrill } from './keepDrill.ts';
import { type LeftOut, leaveOutVectorIndexes } from './leaveOut.ts';
import { requireRoom, watchRoom } from './room.ts';
import { sweepDeadScratch } from './sweepDead.ts';
import { isVerdict } from './verdict.ts';

const onNewer = 'Let proof.where of its database name a server of the same or a newer major.';

async function withList<Result>(
  leftOut: LeftOut | null,
  work: (path: string | undefined) => Promise<Result>,
): Promise<Result> {
  if (leftOut === null) return work(undefined);
  await using folder = await openPrivateFolder();
  await writeFile(join(folder.path, 'list'), leftOut.list);
  return await work(join(folder.path, 'list'));
}

/** Whatever earlier attempts and proofs of others left on this server. */
async function endTheDead(
  deps: RestoreDependencies,
  lock: LockSession,
  { context, shortId }: { readonly context: JobContext; readonly shortId: string },
): Promise<void> {
  const { jobId, attempt } = context;
  // Not those of this number: another installation's may live. What a job left that has its attempts counted anew is dead,
  // which the sweep finds.
  const own = { dbname: lock.connection.dbname, jobId, attempt, shortId };
  const ended = await endPastLives(lock, own, 'scratch');
  for (const why of ended.left) context.log(why);
  for (const name of await sweepDeadScratch(lock, deps.log))
    context.log(`Dropped ${name}, left by a proof that is dead.`);
}

/** The server's tools; `VERSION_MISMATCH` where it cannot take the backup, before they fail at an archive, which is a verdict. */
async function toolsFor(
  deps: RestoreDependencies,
  { manifest }: Backup,
  { session }: LockSession,
): Promise<ClientTools> {
  const version = await serverVersion(session);
  const older = tooOld(manifest, version, onNewer);
  if (older !== null) throw older;
  const { tools } = await deps.tools.forServer(version.major);
  const format = manifest.files.some((file) => file.format === 'custom') ? 'custom' : 'sql';
  const obstacle = loadObstacle({ format, manifest, tools, serverMajor: version.major });
  if (obstacle !== null) throw obstacle;
  return tools;
}

/** When the session is lost, the next attempt or the next sweep drops it. */
async function dropScratch(deps: RestoreDependencies, lock: LockSession, scratch: string): Promise<void> {
  if (lock.session.lost.aborted) return;
  await dropCopy(lock, scratch).catch((error: unknown) => {
    deps.log.warn({ err: error, database: scratch }, 'a scratch database could not be dropped yet');
  });
}

/** Restores into a scratch database, compares, and drops it, whatever happens. */
async function restoreAndCompare(
  deps: RestoreDependencies,
  proving: Omit<Proving, 'context' | 'tools' | 'decoded' | 'leftOut'>,
  context: JobContext,
  drill: boolean,
): Promise<Proof> {
  const { backup, phases, shortId } = proving;
  const database = databaseNamed(deps, backup.manifest.database);
  const connection = onDatabase(resolveServer(deps, database, proving.where), backup.manifest.dbname);
  const { signal } = context;
  await using lock = await namingContainer(deps, { database, server: proving.where, signal }, () =>
    openLockSession(connection, { kind: 'prove', shortId, signal }),
  );
  await endTheDead(deps, lock, { context, shortId });
  const tools = await toolsFor(deps, backup, lock);
  const { databaseBytes, properties } = backup.manifest;
  const place = { session: lock.session, connection: lock.connection, tablespace: properties.tablespace };
  await requireRoom(place, { connections: careful.jobs + 2, bytes: databaseBytes });
  using room = watchRoom(place);
  const inner = withSignal(context, AbortSignal.any([lock.signal, room.signal]));
  const decoded = await phases.run('decode', 4, () => decodeAll(deps, backup, { tools, context: inner }));
  const everything = drill || database.proof.vectorIndexes || decoded.dump.format === 'sql';
  const leftOut = everything ? null : await leaveOutVectorIndexes(decoded.dump.path);
  const scratch = madeName(connection.dbname, 'scratch', shortId);
  try {
    return await withList(leftOut, (list) =>
      inScratch(deps, { ...proving, tools, decoded, leftOut, context: inner }, lock, { scratch, list }),
    );
  } finally {
    await dropScratch(deps, lock, scratch);
  }
}

/**
 * Proves a backup by restoring it into a scratch database: every file against its digest and decoded to its end, every
 * definition and every row compared, every index valid. The result is a mark beside the manifest, also when it is
 * `failed`. Rejects, without a mark, when the proof could not be run.
 */
export async function prove(
  deps: RestoreDependencies,
  payload: ProvePayload,
  context: JobContext,
): Promise<Proof> {
  const backup = await backupToProve(deps, payload);
  const { id, database } = backup.manifest;
  const config = databaseNamed(deps, database);
  await using _pin = await deps.vault.pins.pin(id, `prove ${context.jobId}`);
  const phases = createPhases(context, 'prove');
  const where = config.proof.where;
  const facts = { jobId: context.jobId, where, began: performance.now(), timings: phases.timings };
  const shortId = newShortId(context.jobId, context.attempt);
  const memory = await buildMemoryOn(deps, config, { server: where, signal: context.signal });
  const proving = { backup, where, shortId, phases, memory };
  const proof = await restoreAndCompare(deps, proving, context, payload.drill).catch((error: unknown) => {
    context.signal.throwIfAborted();
    if (!isVerdict(error)) throw error;
    return failedProof(deps, backup, error, facts);
  });
  const durationMs = Math.round(performance.now() - facts.began);
  const notes = context.late ? [context.late, ...proof.notes] : proof.notes;
  const marked: Proof = { ...proof, durationMs, timings: { ...phases.timings }, notes, backup: id };
  await deps.vault.catalogue.mark(id, payload.drill ? { ...marked, drill: true } : marked);
  // The mark is what counts: a record that could not be kept must not have it all done again.
  await keepDrill(deps.vault, backup.manifest, marked).catch((error: unknown) =>
    context.log(
      `The time that this took is not on record: ${error instanceof Error ? error.message : error}`,
    ),
  );
  context.log(`${id}: ${marked.result}${marked.error === null ? '' : `: ${marked.error}`}`);
  context.progress({ progress: 100, phase: 'done' });
  return marked;
}
