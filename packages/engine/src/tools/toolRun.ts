import type { Readable, Writable } from 'node:stream';
import type { Connection } from '../server/index.ts';

export interface ToolRun {
  readonly file: string;
  readonly args: readonly string[];
  /** Left out for tools that talk to no server. */
  readonly connection?: Connection;
  /** Shown in `pg_stat_activity`; at most 63 bytes. */
  readonly applicationName?: string;
  /** Server settings for the tool's sessions (PGOPTIONS). */
  readonly settings?: Readonly<Record<string, string>>;
  /** SIGTERM when it aborts, SIGKILL after `killGraceMs`. */
  readonly signal: AbortSignal;
  readonly killGraceMs: number;
  /** Hears every line the tool writes to stderr, without secrets. */
  readonly onLine?: (line: string) => void;
}

export interface RunningTool {
  readonly pid: number | undefined;
  readonly stdin: Writable;
  /** Must be consumed to its end. Its end alone says nothing: success is `done`. */
  readonly stdout: Readable;
  /**
   * Resolves when the tool has ended with exit code 0. Rejects with the signal's reason when that ended it, else with
   * what `toolError` makes of it. The tool is gone and the password file removed when it settles.
   */
  readonly done: Promise<void>;
}
