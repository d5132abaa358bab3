import { createInventoryReader } from '../inventory/index.ts';
import type { Snapshot } from '../snapshot/index.ts';
import { compressionOf } from './compression.ts';
import type { BackupDependencies } from './dependencies.ts';
import { archiveName, type DumpOptions } from './dump.ts';
import { type ByteProgress, createByteProgress, expectedArchive, expectedText } from './progress.ts';
import { createFrameIndex } from './sqlFile/index.ts';
import type { WriteOptions } from './writeOptions.ts';

/** A dump that is about to run. */
export interface Dumping extends DumpOptions {
  /** Whether the SQL is derived while the database is read, because the archive will lie nowhere. */
  readonly streaming: boolean;
  /** What the tools said, line by line. */
  readonly said: readonly string[];
}

const silent: ByteProgress = { add: () => undefined };

/** Puts together what the tools need, with progress from the bytes that pass by. */
export function prepareDump(deps: BackupDependencies, options: WriteOptions, snapshot: Snapshot): Dumping {
  const { attempt, config, context, payload, preflight } = options;
  const { previous, databaseBytes } = preflight;
  const formats = payload.formats ?? config.formats;
  const streaming = !formats.includes('custom') || attempt.localPath(archiveName(attempt)) === null;
  const range = streaming ? { phase: 'dump', from: 4, to: 43 } : { phase: 'derive', from: 46, to: 87 };
  const sql = createByteProgress(context, {
    ...range,
    expected: expectedText(previous, databaseBytes, snapshot.tables),
  });
  const archive = streaming
    ? silent
    : createByteProgress(context, {
        ...{ phase: 'dump', from: 4, to: 43 },
        expected: expectedArchive(previous, databaseBytes),
      });
  const dumper = { tools: preflight.choice.tools, connection: options.connection };
  const reader = createInventoryReader();
  const said: string[] = [];
  return {
    ...dumper,
    snapshot: snapshot.name,
    formats,
    compression: compressionOf(dumper, formats),
    attempt,
    reader,
    frames: streaming || !formats.includes('sql') ? null : createFrameIndex(),
    applicationName: options.applicationName,
    serverMajor: preflight.server.major,
    signal: AbortSignal.any([context.signal, snapshot.session.lost]),
    killGraceMs: deps.killGraceMs,
    streaming,
    said,
    onArchive: (bytes) => archive.add(bytes),
    onSql(bytes) {
      const { table, done, of } = reader.current();
      sql.add(bytes, table === null ? undefined : `${table} (${done + 1} of ${of})`);
    },
    onLine(line) {
      context.log(line);
      said.push(line);
    },
  };
}
