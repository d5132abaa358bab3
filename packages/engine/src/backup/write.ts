import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { type BackupFile, type Inventory, isSagekeepError } from '@sagekeep/contracts';
import type { Attempt } from '@sagekeep/storage';
import type { Toc } from '../inventory/index.ts';
import { takeSnapshot } from '../snapshot/index.ts';
import { together } from '../tools/index.ts';
import { learnsWithoutZstd } from './compression.ts';
import type { BackupDependencies } from './dependencies.ts';
import { archiveName, deriveSql, dumpArchive, dumpStreaming, type StartedDump, startDump } from './dump.ts';
import { type DatabaseFacts, readFacts } from './facts.ts';
import { type Dumping, prepareDump } from './prepareDump.ts';
import { type Globals, readGlobals } from './roles.ts';
import type { WriteOptions } from './writeOptions.ts';

/** Everything that was read and written; all of it is on disk and checked. */
export interface Written {
  readonly snapshot: { readonly name: string; readonly at: Date };
  readonly files: readonly BackupFile[];
  readonly inventory: Inventory;
  readonly facts: DatabaseFacts;
  readonly roles: readonly string[];
  readonly warnings: readonly string[];
}

async function writeGlobals(attempt: Attempt, globals: Globals, signal: AbortSignal): Promise<BackupFile> {
  const name = 'globals.sql';
  const digest = await attempt.write(name, Readable.from([Buffer.from(globals.sql)]), { signal });
  return { name, format: 'globals', compression: 'none', ...digest };
}

function ownersOf(toc: Toc | null): string[] {
  return [...new Set((toc?.entries ?? []).flatMap(({ owner }) => (owner === null ? [] : [owner])))];
}

/** Reads a file back and holds it against the digest of what was written. */
async function checkFile(options: WriteOptions, file: BackupFile, signal: AbortSignal): Promise<void> {
  await options.attempt.check(file, signal);
  const { name, bytes, sha256 } = file;
  options.context.log(`check: ${name} reads back as written (${bytes} bytes, sha256 ${sha256})`);
}

async function checkFiles(options: WriteOptions, files: readonly BackupFile[]): Promise<void> {
  const { context } = options;
  const total = files.reduce((sum, file) => sum + file.bytes, 0);
  let done = 0;
  for (const file of files) {
    await checkFile(options, file, context.signal);
    done += file.bytes;
    const share = total === 0 ? 1 : done / total;
    context.progress({
      progress: Math.floor(88 + share * 10),
      phase: 'check',
      bytes: done,
      detail: file.name,
    });
  }
}

/** How often a backup is begun anew because of what changed meanwhile, at most. */
const rounds = 12;
/** How long it is begun anew for those who wait for us while we wait for somebody else, ms: a REFRESH may take minutes. */
const waitForOthersMs = 15 * 60_000;

/** What was read while the snapshot stood. */
interface ReadResult {
  readonly snapshot: { readonly name: string; readonly at: Date };
  readonly dumping: Dumping;
  readonly dump: StartedDump;
  readonly globalsFile: BackupFile;
  readonly facts: DatabaseFacts;
  readonly globals: Globals;
}

async function readOnce(deps: BackupDependencies, options: WriteOptions): Promise<ReadResult> {
  const { context, phases, attempt } = options;
  await using snapshot = await phases.run('snapshot', () =>
    takeSnapshot(options.connection, {
      applicationName: options.applicationName,
      signal: context.signal,
      onRetry: (reason) => context.log(`snapshot: starting over, ${reason}`),
    }),
  );
  const dumping = prepareDump(deps, options, snapshot);
  const dump = startDump(dumping, dumping.streaming ? dumpStreaming : dumpArchive);
  try {
    await phases.run('dump', () => dump.ended);
    // Awaited here, while the snapshot still stands.
    return await phases.run('globals', async () => {
      const globals = await readGlobals(snapshot.session, ownersOf(dumping.reader.toc()));
      const facts = await readFacts(snapshot.session);
      const globalsFile = await writeGlobals(attempt, globals, context.signal);
      const { name, at } = snapshot;
      return { dumping, dump, globalsFile, facts, globals, snapshot: { name, at } };
    });
  } catch (error) {
    // Nothing may be written any more when the attempt's files are removed.
    await Promise.allSettled([dump.stored]);
    throw error;
  }
}

/** Why the same backup is begun once more, with a new snapshot, as the log says it; null when it is not. */
function reasonToStartOver(options: WriteOptions, error: unknown): string | null {
  const { connection, preflight } = options;
  const { tools } = preflight.choice;
  if (learnsWithoutZstd({ tools, connection }, error)) {
    return `pg_dump ${tools.version} was built without zstd, gzip is used instead`;
  }
  if (!isSagekeepError(error, 'OBJECT_BUSY')) return null;
  if (error.facts['changed'] !== undefined || stoodInTheWay(error)) return error.message;
  return error.facts['tool'] === undefined ? null : 'somebody waits for a table that we hold';
}

function stoodInTheWay(error: unknown): boolean {
  return isSagekeepError(error, 'OBJECT_BUSY') && error.facts['waitedFor'] !== undefined;
}

/**
 * Somebody may ask for a table of his own (TRUNCATE, ALTER TABLE) between our locks and pg_dump's, or while pg_dump waits for
 * a view: he waits for us. Nothing has been read then, so we step back, let him pass, and take a new snapshot.
 */
async function readConsistently(deps: BackupDependencies, options: WriteOptions): Promise<ReadResult> {
  const { context } = options;
  const end = performance.now() + waitForOthersMs;
  let left = rounds;
  for (let pauseMs = 200; ; pauseMs = Math.min(pauseMs * 2, 5000)) {
    try {
      return await readOnce(deps, options);
    } catch (error) {
      const reason = reasonToStartOver(options, error);
      if (reason === null) throw error;
      if (!stoodInTheWay(error)) left -= 1;
      if (left === 0 || performance.now() > end) throw error;
      context.log(`dump: starting over, ${reason}`);
      await sleep(pauseMs, undefined, { signal: context.signal });
    }
  }
}

interface Derived {
  readonly sql: BackupFile | null;
  /** Files that were read back meanwhile. */
  readonly checked: readonly BackupFile[];
}

/**
 * The SQL and the inventory, from the archive on the disk: the snapshot is released, the database works alone. The archive
 * is read back at the same time, while pg_restore has it in the system's cache.
 */
async function derive(
  options: WriteOptions,
  dumping: Dumping,
  files: readonly BackupFile[],
): Promise<Derived> {
  const archive = files.find(({ name }) => name === archiveName(dumping.attempt));
  const path = dumping.attempt.localPath(archiveName(dumping.attempt));
  if (dumping.streaming || path === null || archive === undefined) return { sql: null, checked: [] };
  const { context } = options;
  let sql: BackupFile | null = null;
  const deriveInto = async (signal: AbortSignal) => {
    sql = await deriveSql({ ...dumping, signal }, path);
  };
  await options.phases.run('derive', () =>
    // A damaged archive is told by its digest, whatever pg_restore makes of it: the check is not ended by that, and goes first.
    together(context.signal, (signal) => [checkFile(options, archive, context.signal), deriveInto(signal)]),
  );
  return { sql, checked: [archive] };
}

/** Takes the snapshot, writes every file of the backup and reads it back. */
export async function writeBackup(deps: BackupDependencies, options: WriteOptions): Promise<Written> {
  const read = await readConsistently(deps, options);
  const stored = await options.phases.run('store', () => read.dump.stored);
  const { sql, checked } = await derive(options, read.dumping, stored);
  const files = [...stored, read.globalsFile, ...(sql === null ? [] : [sql])].sort((a, b) =>
    a.format < b.format ? -1 : 1,
  );
  const unchecked = files.filter((file) => !checked.includes(file));
  await options.phases.run('check', () => checkFiles(options, unchecked));
  return {
    snapshot: read.snapshot,
    files,
    inventory: read.dumping.reader.finish(),
    facts: read.facts,
    roles: read.globals.roles,
    warnings: [read.globals.note, ...read.dumping.said.slice(0, 100)],
  };
}
