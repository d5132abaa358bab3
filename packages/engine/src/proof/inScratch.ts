import type { Backup, JobContext, Proof } from '@sagekeep/contracts';
import type { LockSession } from '../lock/index.ts';
import { buildCopy } from '../restore/build.ts';
import type { RestoreDependencies } from '../restore/dependencies.ts';
import type { BuildMemory } from '../restore/memory.ts';
import type { Phases } from '../restore/phases.ts';
import { assessNeeds, type Needs } from '../restore/preflight.ts';
import { proveCopy } from '../restore/proveCopy.ts';
import { onDatabase } from '../server/index.ts';
import type { ClientTools } from '../tools/index.ts';
import { checkBtrees } from './amcheck.ts';
import type { Decoded } from './decodeAll.ts';
import type { LeftOut } from './leaveOut.ts';

export interface Proving {
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
export const careful = { jobs: 2, share: 0.5 };

export interface Scratch {
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
  const needs = await assessNeeds({
    session: lock.session,
    tools: deps.tools,
    manifest,
    dump: proving.decoded.dump,
    owner,
    createRoles: false,
    purpose: 'proof',
  });
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
    tryParallel: proving.memory.tryParallel,
    context: proving.context,
    phases: proving.phases,
    killGraceMs: deps.killGraceMs,
    list: options.list,
    onCreated: () => Promise.resolve(),
  });
  return needs;
}

/** Loads the scratch database and holds it against the manifest; a difference is part of the proof, not a failure. */
export async function inScratch(
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
  const at = proof.result === 'failed' ? proof.at : decoded.at;
  return { ...proof, at, vectorIndexes: leftOut === null, notes: [...proof.notes, ...left, ...notes] };
}
