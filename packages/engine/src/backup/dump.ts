import type { BackupFile, Format } from '@sagekeep/contracts';
import type { Attempt } from '@sagekeep/storage';
import { feed } from '../inventory/feed.ts';
import { type InventoryReader, requireWholeDefinitions } from '../inventory/index.ts';
import type { Connection } from '../server/index.ts';
import {
  type ClientTools,
  contentSettings,
  type RunningTool,
  startTool,
  steppingBack,
  together,
} from '../tools/index.ts';
import type { Compression } from './compression.ts';
import { type Copies, copiesOf, type FrameIndex, noCopies, segmentsOf, sqlFileOf } from './sqlFile/index.ts';

export interface DumpOptions {
  readonly tools: ClientTools;
  readonly connection: Connection;
  readonly snapshot: string;
  readonly formats: readonly Format[];
  readonly compression: Compression;
  readonly attempt: Attempt;
  readonly reader: InventoryReader;
  /** Which compressed rows of the archive the SQL's file may copy; null where nothing is copied. */
  readonly frames: FrameIndex | null;
  readonly applicationName: string;
  readonly serverMajor: number;
  readonly signal: AbortSignal;
  readonly killGraceMs: number;
  /** Hears the size of every piece of SQL. */
  readonly onSql: (bytes: number) => void;
  /** Hears the size of every piece of the archive. */
  readonly onArchive: (bytes: number) => void;
  /** Hears what pg_dump and pg_restore say. */
  readonly onLine: (line: string) => void;
}

/** Lets the server notice within a second that its client is gone. */
function settingsFor(serverMajor: number): Record<string, string> {
  return serverMajor >= 14
    ? { ...contentSettings, client_connection_check_interval: '1s' }
    : { ...contentSettings };
}

function startPgDump(options: DumpOptions, signal: AbortSignal): Promise<RunningTool> {
  return startTool({
    file: options.tools.pgDump,
    args: [
      '--format=custom',
      options.compression.argument,
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
 * The archive on its way: read for its table of contents, handed on to `also` and then to whoever stores it. Slow
 * readers slow pg_dump down; nothing piles up in memory.
 */
async function* archiveOf(
  tool: RunningTool,
  { reader, frames, onArchive }: DumpOptions,
  { also, onEnded }: { also?: (chunk: Buffer) => Promise<void>; onEnded: () => void },
): AsyncGenerator<Buffer> {
  let checked = false;
  for await (const chunk of tool.stdout as AsyncIterable<Buffer>) {
    reader.archive(chunk);
    const toc = reader.toc();
    if (!checked && toc !== null) {
      requireWholeDefinitions(toc);
      checked = true;
    }
    frames?.write(chunk, reader.data());
    await also?.(chunk);
    onArchive(chunk.length);
    yield chunk;
  }
  // The stream of a tool that failed ends like that of one that did not; a file must not be finished by it.
  await tool.done;
  onEnded();
}

async function* sqlOf(tool: RunningTool, { onSql }: DumpOptions): AsyncGenerator<Buffer> {
  for await (const chunk of tool.stdout as AsyncIterable<Buffer>) {
    onSql(chunk.length);
    yield chunk;
  }
  await tool.done;
}

function startRestore(
  options: DumpOptions,
  args: readonly string[],
  signal: AbortSignal,
): Promise<RunningTool> {
  return startTool({
    file: options.tools.pgRestore,
    args: ['--file=-', ...args],
    killGraceMs: options.killGraceMs,
    onLine: options.onLine,
    signal,
  });
}

export const archiveName = (attempt: Attempt) => `${attempt.id}.sql.custom`;

/** Reads the SQL to its end, for the inventory, and writes it down when it is asked for. */
async function keepSql(
  options: DumpOptions,
  tool: RunningTool,
  { signal, copies }: { signal: AbortSignal; copies: Copies },
): Promise<BackupFile | null> {
  const segments = segmentsOf(sqlOf(tool, options), options.reader, copies);
  if (!options.formats.includes('sql')) {
    for await (const _ of segments);
    return null;
  }
  const name = `${options.attempt.id}.sql.zst`;
  const digest = await options.attempt.write(name, sqlFileOf(segments, copies), { signal });
  return { name, format: 'sql', compression: 'zstd', ...digest };
}

/** A dump that has been started. */
export interface StartedDump {
  /** Resolves when pg_dump has ended well and all of it has been read: the database is done with. Rejects as `stored` does. */
  readonly ended: Promise<void>;
  /** Resolves when pg_dump has ended well and all that was to be kept of it is on disk. */
  readonly stored: Promise<readonly BackupFile[]>;
}

/**
 * Whether and how the archive is kept is the caller's choice: `dumpArchive` or `dumpStreaming`. What was started rejects as
 * `steppingBack` does when pg_dump stands in somebody's way.
 */
export function startDump(
  options: DumpOptions,
  dump: (options: DumpOptions, onEnded: () => void) => Promise<readonly BackupFile[]>,
): StartedDump {
  const ended = Promise.withResolvers<void>();
  // pg_dump begins to write when it knows all definitions: for rows it has the locks, but for the odd index of theirs.
  const hasItsLocks = () => options.reader.toc() !== null;
  const stored = steppingBack({ ...options, hasItsLocks }, (signal) =>
    dump({ ...options, signal }, ended.resolve),
  );
  stored.then(() => ended.resolve(), ended.reject);
  ended.promise.catch(() => undefined);
  return { ended: ended.promise, stored };
}

/**
 * Reads the database once, as fast as the storage takes it: nothing else slows pg_dump down, so that the locks of the
 * snapshot are held for as short as can be.
 */
export async function dumpArchive(options: DumpOptions, onEnded: () => void): Promise<BackupFile[]> {
  const name = archiveName(options.attempt);
  let digest = { bytes: 0, sha256: '' };
  await together(options.signal, (signal) => {
    const dumping = startPgDump(options, signal);
    const storing = dumping.then(async (tool) => {
      digest = await options.attempt.write(name, archiveOf(tool, options, { onEnded }), { signal });
    });
    return [dumping.then((tool) => tool.done), storing];
  });
  return [{ name, format: 'custom', compression: options.compression.name, ...digest }];
}

/** Derives the SQL from the archive that lies at `path`. The database has no part in it. */
export async function deriveSql(options: DumpOptions, path: string): Promise<BackupFile | null> {
  let file: BackupFile | null = null;
  const { frames, reader } = options;
  const data = reader.data();
  const copies =
    frames === null || data === null ? noCopies : copiesOf(frames, { path, intBytes: data.intBytes });
  await together(options.signal, (signal) => {
    const restoring = startRestore(options, [path], signal);
    const keeping = restoring.then(async (tool) => {
      tool.stdin.end();
      file = await keepSql(options, tool, { signal, copies });
    });
    return [restoring.then((tool) => tool.done), keeping];
  });
  return file;
}

/**
 * Both at once, for an archive that is not kept, or is kept where pg_restore cannot read it: pg_restore gets the very
 * stream that is stored.
 */
export async function dumpStreaming(options: DumpOptions, onEnded: () => void): Promise<BackupFile[]> {
  const files: (BackupFile | null)[] = [];
  const name = archiveName(options.attempt);
  const compression = options.compression.name;
  await together(options.signal, (signal) => {
    const dumping = startPgDump(options, signal);
    const restoring = startRestore(options, [], signal);
    const archive = Promise.all([dumping, restoring]).then(async ([from, to]) => {
      // pg_restore closes its stdin as soon as it has the last block, before pg_dump has ended.
      const chunks = archiveOf(from, options, { onEnded, also: (chunk) => feed(to.stdin, chunk) });
      if (options.formats.includes('custom')) {
        const digest = await options.attempt.write(name, chunks, { signal });
        files.push({ name, format: 'custom', compression, ...digest });
      } else {
        for await (const _ of chunks);
      }
      to.stdin.end();
    });
    const sql = restoring.then(async (tool) =>
      files.push(await keepSql(options, tool, { signal, copies: noCopies })),
    );
    return [dumping.then((tool) => tool.done), restoring.then((tool) => tool.done), archive, sql];
  });
  return files.filter((file) => file !== null);
}
