import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Backup, JobContext, Proof, ProvePayload, SagekeepError } from '@sagekeep/contracts';
import { namingContainer } from '../docker/index.ts';
import {
  dropCopy,
  endPastLives,
  type LockSession,
  madeName,
  newShortId,
  openLockSession,
} from '../lock/index.ts';

import { buildCopy } from '../restore/build.ts';
import { withSignal } from '../restore/context.ts';
import type { RestoreDependencies } from '../restore/dependencies.ts';
import { type BuildMemory, buildMemoryOn } from '../restore/memory.ts';
import { createPhases, type Phases } from '../restore/phases.ts';
import { assessNeeds, type Needs } from '../restore/preflight.ts';
import { proveCopy } from '../restore/proveCopy.ts';
import { databaseNamed, resolveServer } from '../restore/target.ts';
import { onDatabase, serverVersion } from '../server/index.ts';
import { openPrivateFolder } from '../temporary/index.ts';
import type { ClientTools } from '../tools/index.ts';
import { checkBtrees } from './amcheck.ts';
import { backupToProve } from './backupToProve.ts';
import { type Decoded, decodeAll } from './decodeAll.ts';
import { type LeftOut, leaveOutVectorIndexes } from './leaveOut.ts';
import { requireRoom, watchRoom } from './room.ts';
import { sweepDeadScratch } from './sweepDead.ts';
import { isVerdict } from './verdict.ts';

interface Proving {
  readonly backup: Backup;
  readonly where: string;
  readonly shortId: string;
  readonly phases: Phases;
  readonly context: JobContext;
  readonly tools: ClientTools;
  readonly decoded: Decoded;
  readonly leftOut: LeftOut | null;
  readonly memory: BuildMemory;
}

/** Half of what a restore may use: the live database works on beside it. */
const careful = { jobs: 2, share: 0.5 };

interface Scratch {
  readonly scratch: string;
  readonly list: string | undefined;
}

/** Asks whether the server can take the backup, and loads it. Throws the first reason why not. */
async function buildScratch(
  deps: RestoreDependencies,
  proving: Proving,
  lock: LockSession,
  options: Scratch,
): Promise<Needs> {
  const { manifest } = proving.backup;
  const owner = manifest.properties.owner;
  const needs = await assessNeeds({ session: lock.session, manifest, owner, createRoles: false });
  const [obstacle] = needs.obstacles;
  if (obstacle !== undefined) throw obstacle;
  await buildCopy({
    lock,
    name: options.scratch,
    comment: `scratch database of a proof of ${manifest.id}; dropped when it ends`,
    wanted: manifest.properties,
    dump: proving.decoded.dump,
    inventory: manifest.inventory,
    tools: proving.tools,
    serverMajor: needs.serverMajor,
    jobs: careful.jobs,
    memoryBytes: proving.memory.memoryBytes * careful.share,
    memoryLimitBytes: proving.memory.memoryBytes,
    parallel: proving.memory.parallel,
    context: proving.context,
    phases: proving.phases,
    killGraceMs: deps.killGraceMs,
    list: options.list,
    onCreated: () => Promise.resolve(),
  });
  return needs;
}

async function inScratch(
  deps: RestoreDependencies,
  proving: Proving,
  lock: LockSession,
  options: Scratch,
): Promise<Proof> {
  const { backup, phases, context, tools, decoded, leftOut } = proving;
  const { manifest } = backup;
  const needs = await buildScratch(deps, proving, lock, options);
  const connection = onDatabase(lock.connection, options.scratch);
  const { applicationName } = lock;
  const inventory =
    leftOut === null ? manifest.inventory : { ...manifest.inventory, entries: leftOut.entries };
  const proof = await phases.run('compare', 80, () =>
    proveCopy({
      connection,
      applicationName,
      manifest: { ...manifest, inventory },
      tools,
      needs,
      where: proving.where,
      files: decoded.files,
      timings: phases.timings,
      context,
      killGraceMs: deps.killGraceMs,
      now: deps.now,
    }),
  );
  const notes = await phases.run('amcheck', 96, () =>
    checkBtrees(connection, { applicationName, signal: context.signal }),
  );
  const left =
    leftOut === null
      ? []
      : [`Vector indexes were not built: ${leftOut.names.join(', ')}. The drill builds them.`];
  return { ...proof, vectorIndexes: leftOut === null, notes: [...proof.notes, ...left, ...notes] };
}

async function withList<Result>(
  leftOut: LeftOut | null,
  work: (path: string | undefined) => Promise<Result>,
): Promise<Result> {
  if (leftOut === null) return work(undefined);
  await using folder = await openPrivateFolder();
  await writeFile(join(folder.path, 'list'), leftOut.list);
  return await work(join(folder.path, 'list'));
}

/** Restores into a scratch database, compares, and drops it, whatever happens. */
async function restoreAndCompare(
  deps: RestoreDependencies,
  proving: Omit<Proving, 'context' | 'tools' | 'decoded' | 'leftOut'>,
  context: JobContext,
  drill: boolean,
): Promise<Proof> {
  const { backup, phases } = proving;
  const database = databaseNamed(deps, backup.manifest.database);
  const connection = onDatabase(resolveServer(deps, database, proving.where), backup.manifest.dbname);
  const { signal } = context;
  const { shortId } = proving;
  await using lock = await namingContainer(deps, { database, server: proving.where, signal }, () =>
    openLockSession(connection, { kind: 'prove', shortId, signal }),
  );
  const { jobId, attempt } = context;
  await endPastLives(lock, { kind: 'scratch', jobId, attempt, shortId });
  for (const name of await sweepDeadScratch(lock, deps.log))
    context.log(`Dropped ${name}, left by a proof that is dead.`);
  const { databaseBytes, properties } = backup.manifest;
  const place = { session: lock.session, connection: lock.connection, tablespace: properties.tablespace };
  await requireRoom(place, { connections: careful.jobs + 2, bytes: databaseBytes });
  using room = watchRoom(place);
  const { major } = await serverVersion(lock.session);
  const { tools } = await deps.tools.forServer(major);
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
    // When the session is lost, the next attempt or the next sweep drops it.
    if (!lock.session.lost.aborted) {
      await dropCopy(lock, scratch).catch((error: unknown) => {
        deps.log.warn({ err: error, database: scratch }, 'a scratch database could not be dropped yet');
      });
    }
  }
}

interface Circumstances {
  readonly jobId: string;
  readonly where: string;
  readonly began: number;
  readonly timings: Readonly<Record<string, number>>;
}

function failedProof(
  deps: RestoreDependencies,
  backup: Backup,
  error: SagekeepError,
  facts: Circumstances,
): Proof {
  return {
    kind: 'proof',
    result: 'failed',
    at: deps.now().toISOString(),
    where: facts.where,
    serverVersion: backup.manifest.serverVersion,
    clientVersion: backup.manifest.clientVersion,
    vectorIndexes: false,
    files: [],
    durationMs: Math.round(performance.now() - facts.began),
    timings: { ...facts.timings },
    differences: [],
    notes: [],
    error: error.message,
    jobId: facts.jobId,
  };
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
  const marked: Proof = { ...proof, durationMs, timings: { ...phases.timings }, backup: id };
  await deps.vault.catalogue.mark(id, payload.drill ? { ...marked, drill: true } : marked);
  context.log(`${id}: ${marked.result}${marked.error === null ? '' : `: ${marked.error}`}`);
  context.progress({ progress: 100, phase: 'done' });
  return marked;
}
