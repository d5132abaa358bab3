import { type BackupFile, type Format, isSagekeepError } from '@sagekeep/contracts';
import type { Connection } from '../server/index.ts';
import type { ClientTools } from '../tools/index.ts';

/** How pg_dump compresses, as its argument and as the manifest names it. */
export interface Compression {
  readonly argument: string;
  readonly name: BackupFile['compression'];
}

/** A pg_dump: by its folder here, or in the container where it runs. */
export interface Dumper {
  readonly tools: ClientTools;
  readonly connection: Connection;
}

const zstd: Compression = { argument: '--compress=zstd:1', name: 'zstd' };
/** Its default level is ten times slower than level 1 and saves next to nothing. */
const gzip: Compression = { argument: '--compress=1', name: 'gzip' };
const none: Compression = { argument: '--compress=0', name: 'none' };

/** zstd is an option of the build: which tools were built without it, only they themselves tell. */
const withoutZstd = new Set<string>();

function placeOf({ tools, connection }: Dumper): string {
  return JSON.stringify([connection.inside?.container ?? null, tools.folder, tools.version]);
}

/** zstd since PostgreSQL 16, unless these tools have said that they lack it. */
export function compressionOf(dumper: Dumper, formats: readonly Format[]): Compression {
  if (!formats.includes('custom')) return none;
  return dumper.tools.major >= 16 && !withoutZstd.has(placeOf(dumper)) ? zstd : gzip;
}

/** Whether a dump failed because its pg_dump lacks zstd; if so, `compressionOf` takes gzip for these tools from then on. */
export function learnsWithoutZstd(dumper: Dumper, error: unknown): boolean {
  const lacks = isSagekeepError(error, 'TOOLS_TOO_OLD') && saysSo.test(error.message);
  if (lacks) withoutZstd.add(placeOf(dumper));
  return lacks;
}

/** `pg_dump`'s own words; pg_restore speaks of an installation. */
const saysSo = /^pg_dump .*this build does not support compression with ZSTD/is;
