import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { type BackupFile, type Inventory, isSagekeepError } from '@sagekeep/contracts';
import type { Attempt } from '@sagekeep/storage';
import type { Toc } from '../inventory/index.ts';
import { takeSnapshot } from '../snapshot/index.ts';
import type { BackupDependencies } from './dependencies.ts';
import { archiveName, deriveSql, dumpArchive, dumpStreaming } from './dump.ts';
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

async function checkFiles(options: WriteOptions, files: readonly BackupFile[]): Promise<void> {
  const { context, attempt } = options;
  const total = files.reduce((sum, file) => sum + file.bytes, 0);
  let done = 0;
  for (const file of files) {
    await attempt.check(file, context.signal);
    done += file.bytes;
    context.log(`check: ${file.name} reads back as written (${file.bytes} bytes, sha256 ${file.sha256})`);
    const share = total === 0 ? 1 : done / total;
    context.progress({
      progress: Math.floor(88 + share * 10),
      phase: 'check',
      bytes: done,
      detail: file.name,
    });
  }
}

const rounds = 12;

/** What was read while the snapshot stood. */
interface ReadResult {
  readonly snapshot: { readonly name: string; readonly at: Date };
  readonly dumping: Dumping;
  readonly files: readonly BackupFile[];
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
  const dumped = await phases.run('dump', async () =>
    dumping.streaming ? dumpStreaming(dumping) : [await dumpArchive(dumping)],
  );
  // Awaited here, while the snapshot still stands.
  return await phases.run('globals', async () => {
    const globals = await readGlobals(snapshot.session, ownersOf(dumping.reader.toc()));
    const facts = await readFacts(snapshot.session);
    const files = [...dumped, await writeGlobals(attempt, globals, context.signal)];
    const { name, at } = snapshot;
    return { dumping, files, facts, globals, snapshot: { name, at } };
  });
}

/**
 * Somebody may ask for a table of his own (TRUNCATE, ALTER TABLE) between our locks and pg_dump's: he waits for us, and
 * pg_dump behind him. Nothing has been read then, so we step back, let him pass, and take a new snapshot.
 */
async function readConsistently(deps: BackupDependencies, options: WriteOptions): Promise<ReadResult> {
  const { context } = options;
  for (let round = 1; ; round += 1) {
    try {
      return await readOnce(deps, options);
    } catch (error) {
      if (!isSagekeepError(error, 'OBJECT_BUSY') || error.facts['tool'] === undefined || round === rounds)
        throw error;
      context.log('dump: starting over, somebody waits for a table that we hold');
      await sleep(Math.min(5000, 100 * 2 ** round), undefined, { signal: context.signal });
    }
  }
}

/** The SQL and the inventory, from the archive on the disk: the snapshot is released, the database works alone. */
async function derive(options: WriteOptions, { dumping }: ReadResult): Promise<BackupFile[]> {
  const path = dumping.attempt.localPath(archiveName(dumping.attempt));
  if (dumping.streaming || path === null) return [];
  const file = await options.phases.run('derive', () =>
    deriveSql({ ...dumping, signal: options.context.signal }, path),
  );
  return file === null ? [] : [file];
}

/** Takes the snapshot, writes every file of the backup and reads it back. */
export async function writeBackup(deps: BackupDependencies, options: WriteOptions): Promise<Written> {
  const read = await readConsistently(deps, options);
  const files = [...read.files, ...(await derive(options, read))].sort((a, b) =>
    a.format < b.format ? -1 : 1,
  );
  await options.phases.run('check', () => checkFiles(options, files));
  return {
    snapshot: read.snapshot,
    files,
    inventory: read.dumping.reader.finish(),
    facts: read.facts,
    roles: read.globals.roles,
    warnings: [read.globals.note, ...read.dumping.said.slice(0, 100)],
  };
}
