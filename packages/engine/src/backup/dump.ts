import { once } from 'node:events';
import { pipeline } from 'node:stream/promises';
import type { BackupFile, Format } from '@sagekeep/contracts';
import type { Attempt } from '@sagekeep/storage';
import type { InventoryReader } from '../inventory/index.ts';
import type { Connection } from '../server/index.ts';
import { type ClientTools, contentSettings, type RunningTool, startTool, together } from '../tools/index.ts';
import { compressSql, inPieces } from './sqlCompression.ts';

export interface DumpOptions {
  readonly tools: ClientTools;
  readonly connection: Connection;
  readonly snapshot: string;
  readonly formats: readonly Format[];
  readonly attempt: Attempt;
  readonly reader: InventoryReader;
  readonly applicationName: string;
  readonly serverMajor: number;
  readonly signal: AbortSignal;
  readonly killGraceMs: number;
  /** Hears the size of every piece of SQL. */
  readonly onSql: (bytes: number) => void;
  /** Hears what pg_dump and pg_restore say. */
  readonly onLine: (line: string) => void;
}

/** zstd since PostgreSQL 16; gzip's default level is ten times slower than level 1 and saves next to nothing. */
function compressionOf({ tools, formats }: DumpOptions): {
  argument: string;
  name: BackupFile['compression'];
} {
  if (!formats.includes('custom')) return { argument: '--compress=0', name: 'none' };
  if (tools.major >= 16) return { argument: '--compress=zstd:1', name: 'zstd' };
  return { argument: '--compress=1', name: 'gzip' };
}

/** Lets the server notice within a second that its client is gone. */
function settingsFor(serverMajor: number): Record<string, string> {
  return serverMajor >= 14
    ? { ...contentSettings, client_connection_check_interval: '1s' }
    : { ...contentSettings };
}

function startDump(options: DumpOptions, signal: AbortSignal): Promise<RunningTool> {
  return startTool({
    file: options.tools.pgDump,
    args: [
      '--format=custom',
      compressionOf(options).argument,
      `--snapshot=${options.snapshot}`,
      // Whoever wants a table for himself waits for us, and pg_dump behind him: see `readConsistently`.
      '--lock-wait-timeout=2s',
      '--no-password',
    ],
    connection: options.connection,
    applicationName: options.applicationName,
    settings: settingsFor(options.serverMajor),
    killGraceMs: options.killGraceMs,
    onLine: options.onLine,
    signal,
  });
}

/**
 * The archive on its way: read for its table of contents, given to pg_restore, then handed on to whoever stores it.
 * Slow readers on either side slow pg_dump down; nothing piles up in memory.
 */
async function* archiveOf(
  dump: RunningTool,
  restore: RunningTool,
  { reader, signal }: { reader: InventoryReader; signal: AbortSignal },
): AsyncGenerator<Buffer> {
  for await (const chunk of dump.stdout as AsyncIterable<Buffer>) {
    reader.archive(chunk);
    if (!restore.stdin.write(chunk)) await once(restore.stdin, 'drain', { signal });
    yield chunk;
  }
  // The stream of a tool that failed ends like that of one that did not; a file must not be finished by it.
  await dump.done;
  restore.stdin.end();
}

async function* sqlOf(restore: RunningTool, { reader, onSql }: DumpOptions): AsyncGenerator<Buffer> {
  for await (const chunk of restore.stdout as AsyncIterable<Buffer>) {
    reader.sql(chunk);
    onSql(chunk.length);
    yield chunk;
  }
  await restore.done;
}

async function drain(source: AsyncIterable<unknown>): Promise<void> {
  for await (const _ of source);
}

/** Reads the database once and writes a file per format. Resolves when every tool has ended well and all is on disk. */
export async function dump(options: DumpOptions): Promise<BackupFile[]> {
  const { attempt, formats, reader } = options;
  const files: BackupFile[] = [];
  const compression = compressionOf(options).name;

  async function store(
    format: Format,
    source: AsyncIterable<Uint8Array>,
    signal: AbortSignal,
  ): Promise<void> {
    const custom = format === 'custom';
    const name = `${attempt.id}.sql.${custom ? 'custom' : 'zst'}`;
    const digest = await attempt.write(name, source, { signal });
    files.push({ name, format, compression: custom ? compression : 'zstd', ...digest });
  }

  await together(options.signal, (signal) => {
    const dumping = startDump(options, signal);
    const restoring = startTool({
      file: options.tools.pgRestore,
      args: ['--file=-'],
      killGraceMs: options.killGraceMs,
      onLine: options.onLine,
      signal,
    });
    const archive = Promise.all([dumping, restoring]).then(([from, to]) => {
      const chunks = archiveOf(from, to, { reader, signal });
      return formats.includes('custom') ? store('custom', chunks, signal) : drain(chunks);
    });
    const sql = restoring.then(async (tool) => {
      const chunks = sqlOf(tool, options);
      if (!formats.includes('sql')) return drain(chunks);
      const compressed = compressSql();
      await Promise.all([
        pipeline(inPieces(chunks), compressed, { signal }),
        store('sql', compressed, signal),
      ]);
    });
    return [dumping.then((tool) => tool.done), restoring.then((tool) => tool.done), archive, sql];
  });
  return files.sort((a, b) => (a.format < b.format ? -1 : 1));
}
