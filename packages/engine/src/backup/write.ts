import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  type BackupFile,
  type BackupPayload,
  type DatabaseConfig,
  type Inventory,
  isSagekeepError,
  type JobContext,
} from '@sagekeep/contracts';
import type { Attempt } from '@sagekeep/storage';
import { createInventoryReader, type Toc } from '../inventory/index.ts';
import type { Connection } from '../server/index.ts';
import { type Snapshot, takeSnapshot } from '../snapshot/index.ts';
import type { BackupDependencies } from './dependencies.ts';
import { dump } from './dump.ts';
import { type DatabaseFacts, readFacts } from './facts.ts';
import type { Phases } from './phases.ts';
import type { Preflight } from './preflight.ts';
import { createDumpProgress, expectedText } from './progress.ts';
import { type Globals, readGlobals } from './roles.ts';

export interface WriteOptions {
  readonly config: DatabaseConfig;
  readonly connection: Connection;
  readonly payload: BackupPayload;
  readonly context: JobContext;
  readonly phases: Phases;
  readonly preflight: Preflight;
  readonly attempt: Attempt;
  readonly applicationName: string;
}

/** Everything that was read and written; all of it is on disk and checked. */
export interface Written {
  readonly snapshot: { readonly name: string; readonly at: Date };
  readonly files: readonly BackupFile[];
  readonly inventory: Inventory;
  readonly facts: DatabaseFacts;
  readonly roles: readonly string[];
  readonly warnings: readonly string[];
}

interface Dumped {
  readonly files: BackupFile[];
  readonly inventory: Inventory;
  readonly toc: Toc;
  readonly warnings: readonly string[];
}

async function writeDumps(
  deps: BackupDependencies,
  options: WriteOptions,
  snapshot: Snapshot,
): Promise<Dumped> {
  const { context, preflight, attempt } = options;
  const reader = createInventoryReader();
  const warnings: string[] = [];
  const expected = expectedText(preflight.previous, preflight.databaseBytes, snapshot.tables);
  const progress = createDumpProgress(context, expected);
  const files = await dump({
    tools: preflight.choice.tools,
    connection: options.connection,
    snapshot: snapshot.name,
    formats: options.payload.formats ?? options.config.formats,
    attempt,
    reader,
    applicationName: options.applicationName,
    serverMajor: preflight.server.major,
    signal: AbortSignal.any([context.signal, snapshot.session.lost]),
    killGraceMs: deps.killGraceMs,
    onSql: (bytes) => progress.add(bytes, reader.current()),
    onLine(line) {
      context.log(line);
      warnings.push(line);
    },
  });
  const toc = reader.toc();
  return { files, inventory: reader.finish(), toc: toc as Toc, warnings: warnings.slice(0, 100) };
}

async function writeGlobals(attempt: Attempt, globals: Globals, signal: AbortSignal): Promise<BackupFile> {
  const name = 'globals.sql';
  const digest = await attempt.write(name, Readable.from([Buffer.from(globals.sql)]), { signal });
  return { name, format: 'globals', compression: 'none', ...digest };
}

function ownersOf(toc: Toc): string[] {
  return [...new Set(toc.entries.flatMap(({ owner }) => (owner === null ? [] : [owner])))];
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

async function readOnce(deps: BackupDependencies, options: WriteOptions): Promise<Written> {
  const { context, phases, attempt } = options;
  await using snapshot = await phases.run('snapshot', () =>
    takeSnapshot(options.connection, {
      applicationName: options.applicationName,
      signal: context.signal,
      onRetry: (reason) => context.log(`snapshot: starting over, ${reason}`),
    }),
  );
  const dumped = await phases.run('dump', () => writeDumps(deps, options, snapshot));
  // Awaited here, while the snapshot still stands.
  return await phases.run('globals', async () => {
    const globals = await readGlobals(snapshot.session, ownersOf(dumped.toc));
    const facts = await readFacts(snapshot.session);
    const files = [...dumped.files, await writeGlobals(attempt, globals, context.signal)];
    const { name, at } = snapshot;
    return { ...dumped, files, facts, roles: globals.roles, snapshot: { name, at } };
  });
}

/**
 * Somebody may ask for a table of his own (TRUNCATE, ALTER TABLE) between our locks and pg_dump's: he waits for us, and
 * pg_dump behind him. Nothing has been read then, so we step back, let him pass, and take a new snapshot.
 */
async function readConsistently(deps: BackupDependencies, options: WriteOptions): Promise<Written> {
  const { context } = options;
  for (let round = 1; ; round += 1) {
    try {
      return await readOnce(deps, options);
    } catch (error) {
      if (!isSagekeepError(error, 'LOCK_BUSY') || error.facts['tool'] === undefined || round === rounds)
        throw error;
      context.log('dump: starting over, somebody waits for a table that we hold');
      await sleep(Math.min(5000, 100 * 2 ** round), undefined, { signal: context.signal });
    }
  }
}

/** Takes the snapshot, writes every file of the backup and reads it back. The snapshot is released before the check. */
export async function writeBackup(deps: BackupDependencies, options: WriteOptions): Promise<Written> {
  const written = await readConsistently(deps, options);
  await options.phases.run('check', () => checkFiles(options, written.files));
  return written;
}
