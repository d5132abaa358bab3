import { availableParallelism } from 'node:os';
import { isSagekeepError } from '@sagekeep/contracts';
import { feed } from '../inventory/feed.ts';
import type { Connection } from '../server/index.ts';
import { type ClientTools, runTool, startTool, type ToolRun, together } from '../tools/index.ts';
import { openDump } from './decode.ts';
import { loadSql } from './loadSql.ts';
import type { Dump } from './source.ts';

export interface LoadOptions {
  readonly dump: Dump;
  /** The database that is filled; it is empty. */
  readonly connection: Connection;
  readonly tools: ClientTools;
  readonly applicationName: string;
  /** How many sessions load at once. */
  readonly jobs: number;
  /** For all index builds together, bytes. */
  readonly memoryBytes: number;
  readonly serverMajor: number;
  readonly signal: AbortSignal;
  readonly killGraceMs: number;
  /** A file for `pg_restore -L`: only these entries are loaded. */
  readonly list?: string | undefined;
  /** Set for a file without a manifest of ours. */
  readonly foreign?: { readonly trusted: boolean } | undefined;
  /** Each phase runs inside this: `pre-data`, `data`, `post-data`, or `sql` for all of it. */
  readonly phase: (name: string, work: () => Promise<void>) => Promise<void>;
  readonly onLine: (line: string) => void;
}

/** How many sessions a restore uses: enough to fill the cores, few enough to leave the live database some. */
export function restoreJobs(): number {
  return Math.max(1, Math.min(4, availableParallelism()));
}

/**
 * Settings of the loading sessions. Memory is divided by the jobs, for that many indexes are built at once. Commits need
 * not reach the disk one by one: the swap's own commit is the one that counts, and it flushes all before it.
 */
export function loadSettings(options: Pick<LoadOptions, 'jobs' | 'memoryBytes' | 'serverMajor'>) {
  const kilobytes = Math.max(1024, Math.floor(options.memoryBytes / options.jobs / 1024));
  return {
    maintenance_work_mem: `${Math.min(kilobytes, 2_097_151)}kB`,
    synchronous_commit: 'off',
    statement_timeout: '0',
    lock_timeout: '0',
    idle_in_transaction_session_timeout: '0',
    default_transaction_read_only: 'off',
    // A killed client's backend must not build on for hours; one that has nothing to do meanwhile must stay.
    ...(options.serverMajor >= 14
      ? { client_connection_check_interval: '1s', idle_session_timeout: '0' }
      : {}),
    ...(options.serverMajor >= 17 ? { transaction_timeout: '0' } : {}),
  };
}

const withoutParallelBuilds = { max_parallel_maintenance_workers: '0' };

function toolRun(options: LoadOptions, args: readonly string[], settings: Record<string, string>): ToolRun {
  return {
    file: options.tools.pgRestore,
    args,
    connection: options.connection,
    applicationName: options.applicationName,
    settings,
    signal: options.signal,
    killGraceMs: options.killGraceMs,
    onLine: options.onLine,
  };
}

function sectionArguments(options: LoadOptions, section: string, jobs: number): string[] {
  return [
    '--exit-on-error',
    ...(section === 'all' ? [] : [`--section=${section}`]),
    // Who owns what is for the person who restores a stranger's file to say, not for the file.
    ...(options.foreign?.trusted === false ? ['--no-owner', '--no-privileges'] : []),
    ...(jobs > 1 ? [`--jobs=${jobs}`] : []),
    ...(options.list === undefined ? [] : [`--use-list=${options.list}`]),
    // The name comes from PGDATABASE too, but without -d pg_restore would print instead of connecting.
    '--dbname=',
    ...(options.dump.compression === 'none' || options.foreign === undefined ? [options.dump.path] : []),
  ];
}

async function loadStream(options: LoadOptions, settings: Record<string, string>): Promise<void> {
  await together(options.signal, (signal) => {
    const tool = startTool({ ...toolRun(options, sectionArguments(options, 'all', 1), settings), signal });
    const archive = tool.then(async ({ stdin, stdout }) => {
      stdout.resume();
      for await (const chunk of openDump(options.dump) as AsyncIterable<Buffer>) await feed(stdin, chunk);
      stdin.end();
    });
    return [tool.then(({ done }) => done), archive];
  });
}

function isSharedMemoryShort(error: unknown): boolean {
  return isSagekeepError(error) && /could not resize shared memory segment/.test(error.message);
}

/** A container's 64 MB of /dev/shm do not hold a parallel HNSW build: done again without, from a clean slate. */
async function postData(options: LoadOptions, settings: Record<string, string>): Promise<void> {
  const args = sectionArguments(options, 'post-data', options.jobs);
  try {
    await runTool(toolRun(options, args, settings));
  } catch (error) {
    if (!isSharedMemoryShort(error)) throw error;
    options.onLine('Shared memory is too small for parallel index builds; building them one by one.');
    const again = ['--clean', '--if-exists', ...args];
    await runTool(toolRun(options, again, { ...settings, ...withoutParallelBuilds }));
  }
}

/**
 * Fills an empty database from a dump, stopping at the first error: an archive by sections, parallel where that helps;
 * SQL in one stream. When it rejects, the database holds anything between nothing and everything: drop it.
 */
export async function load(options: LoadOptions): Promise<void> {
  const settings = loadSettings(options);
  if (options.dump.format === 'sql') {
    await options.phase('sql', () => loadSql(options, settings));
    return;
  }
  if (options.foreign !== undefined && options.dump.compression !== 'none') {
    // A compressed archive can only be read as a stream, once and by one session.
    await options.phase('data', () => loadStream(options, settings));
    return;
  }
  // Definitions depend on one another: one session.
  await options.phase('pre-data', async () => {
    await runTool(toolRun(options, sectionArguments(options, 'pre-data', 1), settings));
  });
  await options.phase('data', async () => {
    await runTool(toolRun(options, sectionArguments(options, 'data', options.jobs), settings));
  });
  await options.phase('post-data', () => postData(options, settings));
}
