import type { Backup, DatabaseConfig, VerificationMode } from '@sagekeep/contracts';
import type { ContainerLook } from '../docker/index.ts';
import type { Disk } from '../server/index.ts';
import type { Changes } from './definitionChanges.ts';
import type { EarlierMeasures } from './earlierMeasures.ts';
import type { Expected } from './expectations/expected.ts';
import type { VectorColumn } from './vectorColumns.ts';

/** How the connection was made; `error` says why it was not. */
export type ConnectionFacts =
  | {
      readonly connected: true;
      readonly ms: number;
      /** The role that asks, as the server names it. */
      readonly role: string;
      readonly serverVersionNum: number;
    }
  | { readonly connected: false; readonly ms: number; readonly error: string; readonly advice: string };

/** A statement with settings of its own, e.g. `{ enable_seqscan: 'off' }`. */
export interface Statement {
  readonly settings: Readonly<Record<string, string>>;
  readonly text: string;
  readonly values?: unknown[];
}

/** What a check may ask with. Everything is read-only and bounded in time. */
export interface Probe {
  readonly database: DatabaseConfig;
  readonly mode: VerificationMode;
  readonly now: Date;
  readonly connection: ConnectionFacts;
  readonly serverVersionNum: number;
  /** The role that asks, as the server names it. */
  readonly role: string;
  readonly container: ContainerLook;
  /** The backups of this database, newest first. */
  readonly backups: () => Promise<readonly Backup[]>;
  readonly newestProven: () => Promise<Backup | null>;
  /** What the database should hold; null when nothing says so. */
  readonly expected: () => Promise<Expected | null>;
  /** Definitions that have vanished or changed since a backup. */
  readonly changesSince: (backup: Backup) => Promise<Changes>;
  /** What a check measured a day ago or earlier, or, where nothing is so old, at the oldest verification there is. */
  readonly earlierMeasures: (check: string) => Promise<EarlierMeasures | null>;
  /** The disk where the database lies; null when nobody can tell. */
  readonly disk: () => Promise<Disk | null>;
  readonly vectorColumns: () => Promise<readonly VectorColumn[]>;
  /** One statement in the check's own READ ONLY transaction. bigint and numeric come as texts. */
  query<Row extends object>(text: string, values?: unknown[]): Promise<Row[]>;
  /** The same with settings for this one statement. */
  queryWith<Row extends object>(statement: Statement): Promise<Row[]>;
  /** Several of one moment, each with its own settings: the rows of each, in order. */
  queryTogether<Row extends object>(statements: readonly Statement[]): Promise<Row[][]>;
  /** Exactly one row. */
  queryOne<Row extends object>(text: string, values?: unknown[]): Promise<Row>;
  /** True while the check's time is not used up: loops over many tables ask before each. */
  readonly hasTime: () => boolean;
}
