import type { Role } from './http.ts';
import type { Format } from './words.ts';

/** Retention of one database: restic's meaning, the union of all rules stays. Days; counts of backups; bytes. */
export interface RetentionPolicy {
  readonly keepDays: number;
  readonly keepLast: number;
  readonly keepDaily: number;
  readonly keepWeekly: number;
  readonly keepMonthly: number;
  readonly keepYearly: number;
  readonly safetyDays: number;
  readonly maxBytes: number | null;
  /** Share (0–1) of a database's backups above which a plan needs a person. */
  readonly maxDeleteShare: number;
}

/** 30 days. */
export const defaultScrubWithinMs = 30 * 24 * 3_600_000;

export interface ProofPolicy {
  readonly when: 'every-backup' | 'never';
  /** `own`, or the name of a configured server. */
  readonly where: string;
  readonly vectorIndexes: boolean;
  /** Every archive is read again within this time, ms; without, `defaultScrubWithinMs`. */
  readonly scrubWithinMs?: number;
}

export interface Expectations {
  /** Path of an SQL file that the live structure is held against. */
  readonly schema: string | null;
  /** Soft references, `table.column -> table.column`. */
  readonly references: readonly string[];
  /** Share of rows with an embedding, percent: good from the first, fair from the second. */
  readonly coverage: readonly [number, number];
  /** The same for single columns, by `table.column` or `schema.table.column`. */
  readonly coverageOf?: Readonly<Record<string, readonly [number, number]>>;
  /** Share (0–1) of the true ten nearest that a vector index must find; 0.8 when absent. */
  readonly recall?: number;
  /** By the id of a check: not asked at all, or what it may say at worst. */
  readonly checks?: Readonly<Record<string, 'off' | 'warn' | 'fail'>>;
}

/** Why a database found by its container's labels cannot be worked with here, and what to do about it. */
export interface Unreachable {
  readonly why: string;
  readonly advice: string;
}

/** A database as the configuration describes it. `url` holds a password: it is never logged, queued or shown. */
export interface DatabaseConfig {
  readonly name: string;
  /** Null in processes that must not reach databases (the API). */
  readonly url: string | null;
  /** Of a labelled container that cannot be reached from here: why `url` is null. */
  readonly unreachable?: Unreachable;
  readonly container: string | null;
  /**
   * Where client tools run: here, reaching the server over the network (the default), or inside `container`; then host
   * and port of `url` are meant as seen from inside.
   */
  readonly run?: 'network' | 'container';
  readonly formats: readonly Format[];
  readonly rpoMs: number;
  readonly rtoMs: number;
  readonly proof: ProofPolicy;
  readonly retention: RetentionPolicy;
  readonly expect: Expectations;
  /** How long the old database is kept after a restore, ms. */
  readonly keepBeforeMs: number;
  /**
   * `maintenance_work_mem` allowed for all index builds of a restore together, bytes; null leaves it to what Docker tells
   * of the container, else to a careful default.
   */
  readonly restoreMemoryBytes: number | null;
}

export interface ServerConfig {
  readonly name: string;
  readonly url: string | null;
}

export interface ScheduleConfig {
  readonly name: string;
  readonly job: string;
  readonly payload: Readonly<Record<string, unknown>>;
  readonly cron: string;
  readonly timezone: string;
  readonly enabled: boolean;
}

export type ChannelConfig =
  | {
      readonly kind: 'webhook';
      readonly name: string;
      readonly url: string;
      readonly secret: string | null;
      readonly body: string | null;
    }
  | {
      readonly kind: 'healthchecks';
      readonly name: string;
      readonly url: string;
      readonly provenOnly: boolean;
    }
  | {
      readonly kind: 'syslog';
      readonly name: string;
      readonly host: string | null;
      readonly port: number;
      /** Without a host: where this machine's own syslog listens. */
      readonly socket: string;
    }
  | {
      readonly kind: 'email';
      readonly name: string;
      readonly smtp: string;
      readonly from: string;
      readonly to: readonly string[];
    };

export interface AlertConfig {
  readonly channels: readonly ChannelConfig[];
  readonly remindAfterMs: number;
}

/** Someone who may call the API. Secrets are kept as SHA-256 only. */
export interface TokenConfig {
  readonly name: string;
  readonly role: Role;
  readonly sha256: string;
}
export interface LoginConfig {
  readonly user: string;
  readonly role: Role;
  readonly sha256: string;
}

/** Timing of BullMQ's locks; tests use seconds. All ms. */
export interface QueueTiming {
  readonly lockMs: number;
  readonly stalledIntervalMs: number;
  /** How long a child process may take to end on SIGTERM before SIGKILL. */
  readonly killGraceMs: number;
  /** How long shutdown waits for running jobs before it hands them back. */
  readonly shutdownGraceMs: number;
  /** How long a job goes back to its queue for the sake of another one before it fails. */
  readonly longestWaitMs: number;
  /** Multiplies the back-off of the job catalogue; 1 in production. */
  readonly backoffFactor: number;
}

/** Everything that is configured, checked and with its secrets read. */
export interface Configuration {
  readonly databases: readonly DatabaseConfig[];
  readonly servers: readonly ServerConfig[];
  readonly storage: { readonly folder: string };
  readonly redis: { readonly url: string; readonly prefix: string };
  readonly http: { readonly host: string; readonly port: number; readonly publicUrl: string | null };
  readonly access: {
    readonly tokens: readonly TokenConfig[];
    readonly logins: readonly LoginConfig[];
    /** Key of the board's session cookie. */
    readonly sessionSecret: string | null;
  };
  readonly schedules: readonly ScheduleConfig[];
  /** Those of them that every database has, without its name: databases that are found later have them, too. */
  readonly perDatabase: readonly ScheduleConfig[];
  readonly alerts: AlertConfig;
  readonly logs: { readonly folder: string | null; readonly level: string; readonly pretty: boolean };
  readonly queues: QueueTiming & {
    readonly concurrency: Readonly<Record<string, number>>;
    /** A folder in which tests hold jobs at named borders; absent or null in production. */
    readonly borders?: string | null;
  };
  /** How long a swap waits for a running backup before it ends it; the backup is retried. */
  readonly restore: { readonly patienceMs: number };
  /** `labels`: `label=value` of the containers to protect; null where none are looked for. */
  readonly docker: { readonly host: string | null; readonly labels: string | null };
  /** Every secret that was read: the logger removes them from whatever it writes. */
  readonly secrets: readonly string[];
}
