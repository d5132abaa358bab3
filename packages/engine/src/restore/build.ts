import type { DatabaseProperties, Inventory, JobContext } from '@sagekeep/contracts';
import { type LockSession, takeLock } from '../lock/index.ts';
import { type Connection, onDatabase } from '../server/index.ts';
import type { ClientTools } from '../tools/index.ts';
import { watchBuild } from './buildWatch.ts';
import { analyze, checkIndexes, contentBytes, indexesIn } from './copy.ts';
import { createDatabase, ownerHere } from './create.ts';
import { load } from './load.ts';
import { type Monetary, monetaryHere, withMonetaryReason } from './monetary.ts';
import type { Phases } from './phases.ts';
import { preparedByDump, preparedTransactions } from './preflight.ts';
import type { Dump } from './source.ts';

export interface BuildOptions {
  readonly lock: LockSession;
  /** Its name, and what its comment says. */
  readonly name: string;
  readonly comment: string;
  readonly wanted: DatabaseProperties;
  readonly dump: Dump;
  readonly inventory: Inventory;
  readonly tools: ClientTools;
  readonly serverMajor: number;
  readonly jobs: number;
  readonly memoryBytes: number;
  readonly parallel: boolean;
  readonly tryParallel: boolean;
  /** For one index that cannot be built with less. */
  readonly memoryLimitBytes?: number | undefined;
  readonly context: JobContext;
  readonly phases: Phases;
  readonly killGraceMs: number;
  readonly list?: string | undefined;
  readonly foreign?: { readonly trusted: boolean } | undefined;
  /** Who fills the copy and looks at it; without, the lock's own user. */
  readonly as?: Connection | undefined;
  /** Runs as the lock's own user in the empty database, before anything of the dump is in it. */
  readonly onEmpty?: ((connection: Connection) => Promise<void>) | undefined;
  /** Hears the OID as soon as the database exists, before anything is in it. */
  readonly onCreated: (oid: number) => Promise<void>;
}

const shareOf: Readonly<Record<string, number>> = { 'pre-data': 7, data: 10, sql: 10, 'post-data': 50 };

async function fill(options: BuildOptions, monetary: Monetary): Promise<void> {
  const { lock, context, phases, name } = options;
  using _ = watchBuild({
    session: lock.session,
    dbname: name,
    expectedBytes: contentBytes(options.inventory),
    expectedIndexes: indexesIn(options.inventory),
    context,
    from: 10,
    to: 50,
    end: 74,
  });
  await load({
    dump: options.dump,
    connection: onDatabase(options.as ?? lock.connection, name),
    tools: options.tools,
    applicationName: lock.applicationName,
    jobs: options.jobs,
    memoryBytes: options.memoryBytes,
    memoryLimitBytes: options.memoryLimitBytes,
    parallel: options.parallel,
    tryParallel: options.tryParallel,
    serverMajor: options.serverMajor,
    reading: monetary.settings,
    signal: context.signal,
    killGraceMs: options.killGraceMs,
    list: options.list,
    foreign: options.foreign,
    phase: (phase, work) => phases.run(phase, shareOf[phase] ?? 10, work),
    onLine: (line) => context.log(line),
  }).catch((error: unknown) => {
    throw withMonetaryReason(error, monetary);
  });
}

/** Creates a database and fills it from a dump: complete, with valid indexes and fresh statistics, or it throws. */
export async function buildCopy(options: BuildOptions): Promise<void> {
  const { lock, context, phases, name, wanted } = options;
  await phases.run('create', 6, async () => {
    // As long as this session lives, a sweep knows that somebody builds here.
    await takeLock(lock, { scope: 'made', dbname: name, mode: 'exclusive' });
    const owner = options.as?.user ?? (await ownerHere(lock.session, wanted));
    const oid = await createDatabase(lock.session, { name, wanted, owner, comment: options.comment });
    await options.onCreated(oid);
    await options.onEmpty?.(onDatabase(lock.connection, name));
  });
  await fill(options, await monetaryHere(lock.session, wanted));
  // What a dump prepares and does not end keeps its locks for ever: hand-over, swap and drop would wait for it.
  const prepared = await preparedTransactions(lock.session, name);
  if (prepared.length > 0) throw preparedByDump(prepared);
  const copy = {
    connection: onDatabase(options.as ?? lock.connection, name),
    applicationName: lock.applicationName,
    context,
  };
  await phases.run('analyze', 75, () => analyze(copy));
  await checkIndexes(copy);
}
