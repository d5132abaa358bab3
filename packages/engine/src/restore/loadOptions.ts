import type { Connection } from '../server/index.ts';
import type { ClientTools } from '../tools/index.ts';
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
  /** For one index that cannot be built with less; without, no more than `memoryBytes`. */
  readonly memoryLimitBytes?: number | undefined;
  /** Whether one index may be built by several processes, which share their memory in /dev/shm, where nothing can be repeated. */
  readonly parallel: boolean;
  /** The same for builds that are repeated by one process when that memory turns out to be too small. */
  readonly tryParallel: boolean;
  readonly serverMajor: number;
  /** Settings by which the content of the dump is to be read. */
  readonly reading: Readonly<Record<string, string>>;
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
