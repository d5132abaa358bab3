import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Difference, type Proof, SagekeepError } from '@sagekeep/contracts';
import { readToc } from '../inventory/index.ts';
import { takeLock } from '../lock/index.ts';
import { onDatabase } from '../server/index.ts';
import { openPrivateFolder } from '../temporary/index.ts';
import type { Attempt } from './attempt.ts';
import { buildCopy } from './build.ts';
import { withSignal } from './context.ts';
import { openDump } from './decode.ts';
import type { RestoreDependencies } from './dependencies.ts';
import { createSafeExtensions } from './foreign/extensions.ts';
import {
  createUntrustedRole,
  dropUntrustedRole,
  handOver,
  type UntrustedRole,
  untrustedName,
} from './foreign/untrustedRole.ts';
import { restoreJobs } from './load.ts';
import { buildMemoryOn } from './memory.ts';
import type { Prepared } from './prepare.ts';
import { proveCopy } from './proveCopy.ts';
import type { Recorder } from './record.ts';

function mismatch(differences: readonly Difference[]): SagekeepError {
  const unexcused = differences.filter((difference) => difference.excuse === undefined);
  const first = unexcused[0];
  const example = first === undefined ? '' : `: ${first.kind} ${first.name} is ${first.change}`;
  return new SagekeepError(
    'INVENTORY_MISMATCH',
    `The copy does not hold what the backup recorded: ${unexcused.length} differences${example}.`,
    {
      advice:
        'The live database was not touched. Prove this backup ("sagekeep prove") and restore another one.',
      facts: { differences: unexcused.slice(0, 20) },
    },
  );
}

export interface AsideOptions extends Prepared {
  readonly recorder: Recorder;
  readonly signal: AbortSignal;
}

interface As {
  readonly role: UntrustedRole | null;
  readonly list: string | undefined;
}

async function build(deps: RestoreDependencies, attempt: Attempt, options: AsideOptions & As): Promise<void> {
  const { lock, target, source, choice, phases } = attempt;
  const { recorder, role, signal } = options;
  const memory = await buildMemoryOn(deps, target.database, { server: target.server, signal });
  await buildCopy({
    lock,
    name: recorder.record.aside,
    comment: `built by restore ${recorder.record.id} for ${JSON.stringify(target.connection.dbname)}`,
    wanted: options.wanted,
    dump: choice.dump,
    inventory: source.manifest.inventory,
    tools: options.needs.tools.tools,
    serverMajor: options.needs.serverMajor,
    jobs: restoreJobs(),
    ...memory,
    context: withSignal(attempt.context, options.signal),
    phases,
    killGraceMs: deps.killGraceMs,
    list: options.list,
    foreign: source.foreign ?? undefined,
    as: role?.connection,
    onEmpty: role === null ? undefined : (connection) => createSafeExtensions(connection, attempt, role),
    onCreated: async (asideOid) => {
      await recorder.update({ asideOid });
    },
  });
}

async function proveAside(
  deps: RestoreDependencies,
  attempt: Attempt,
  options: AsideOptions & As,
): Promise<Proof> {
  const { lock, target, source, choice, phases } = attempt;
  const { recorder, role } = options;
  const proof = await phases.run('proof', 80, () =>
    proveCopy({
      connection: onDatabase(role?.connection ?? lock.connection, recorder.record.aside),
      applicationName: lock.applicationName,
      manifest: source.manifest,
      tools: options.needs.tools.tools,
      needs: options.needs,
      where: target.server,
      files: [choice.dump.name],
      timings: phases.timings,
      context: withSignal(attempt.context, options.signal),
      killGraceMs: deps.killGraceMs,
      now: deps.now,
      foreign: source.foreign ?? undefined,
    }),
  );
  await recorder.update({ proof, differences: proof.differences });
  if (proof.result === 'failed') throw mismatch(proof.differences);
  return proof;
}

/** In an untrusted archive the comments on extensions are left out: only their owner may make them. */
async function withoutExtensionComments<Result>(
  attempt: Attempt,
  work: (list: string | undefined) => Promise<Result>,
): Promise<Result> {
  const { foreign } = attempt.source;
  if (foreign === null || foreign.trusted || !foreign.hasDefinitions) return work(undefined);
  const toc = await readToc(openDump(foreign.dump) as AsyncIterable<Buffer>);
  const kept = toc.entries.filter(
    (entry) => !(entry.type === 'COMMENT' && entry.tag.startsWith('EXTENSION ')),
  );
  await using folder = await openPrivateFolder();
  await writeFile(join(folder.path, 'list'), kept.map((entry) => `${entry.dumpId};\n`).join(''));
  return await work(join(folder.path, 'list'));
}

/** A stranger's file, by a role of its own; what came of it belongs to the real owner only after its proof. */
async function buildUntrusted(
  deps: RestoreDependencies,
  attempt: Attempt,
  options: AsideOptions,
): Promise<Proof> {
  const { lock, shortId } = attempt;
  const { recorder } = options;
  const { aside } = recorder.record;
  // As long as this session lives, a sweep leaves the role alone.
  await takeLock(lock, { scope: 'made', dbname: untrustedName(shortId), mode: 'exclusive' });
  const role = await createUntrustedRole(lock.session, { connection: lock.connection, shortId });
  const proof = await withoutExtensionComments(attempt, async (list) => {
    await build(deps, attempt, { ...options, role, list });
    return await proveAside(deps, attempt, { ...options, role, list });
  });
  const { connection, applicationName } = lock;
  const notes = await handOver(
    { session: lock.session, connection, dbname: aside, applicationName, signal: options.signal },
    role,
    options.wanted.owner,
  );
  await recorder.update({ notes: [...recorder.record.notes, ...notes] });
  await dropUntrustedRole(lock.session, role.name);
  return proof;
}

/** The part that a restore aside and nothing else does: a complete copy and its proof. */
export async function buildAside(
  deps: RestoreDependencies,
  attempt: Attempt,
  options: AsideOptions,
): Promise<Proof> {
  if (attempt.source.foreign?.trusted === false) return buildUntrusted(deps, attempt, options);
  const as = { role: null, list: undefined };
  await build(deps, attempt, { ...options, ...as });
  return proveAside(deps, attempt, { ...options, ...as });
}
