import type {
  Backup,
  DamagedBackup,
  DatabaseConfig,
  DatabaseRecord,
  Drill,
  Incident,
  Observation,
  RestoreRecord,
} from '@sagekeep/contracts';

/** When an enabled schedule runs next, and what. */
export interface NextRun {
  readonly schedule: string;
  readonly at: Date;
  readonly job: string;
  /** Null when its payload names none. */
  readonly database: string | null;
}

export interface JobFailure {
  readonly queue: string;
  readonly id: string;
  readonly at: string | null;
  /** The key of the incident that it opened. */
  readonly cause: string;
}

/** What the queues say: `silent` when Redis was asked and did not answer, `not-asked` when working offline. */
export type JobFacts =
  | {
      readonly state: 'answered';
      /** Queue → state → number of jobs. */
      readonly counts: Readonly<Record<string, Readonly<Record<string, number>>>>;
      /** Failed jobs that no success has followed since. */
      readonly failures: readonly JobFailure[];
      readonly workers: readonly { readonly name: string; readonly seenAt: Date }[];
      /** Null when what the storage has of the schedules could not be read. */
      readonly nextRuns: readonly NextRun[] | null;
    }
  | { readonly state: 'silent' }
  | { readonly state: 'not-asked' };

export interface StorageFacts {
  readonly location: string;
  /** Null where the storage has no limit, or could not be asked. */
  readonly space: { readonly freeBytes: number; readonly totalBytes: number } | null;
  /** Why the storage could not be read; null when it could. */
  readonly error: string | null;
  /** Records that do not parse. */
  readonly damagedRecords: readonly string[];
}

/** Everything a status is made from. `backups` is newest first, as the catalogue lists them. */
export interface StatusFacts {
  readonly databases: readonly DatabaseConfig[];
  readonly backups: readonly Backup[];
  readonly damaged: readonly DamagedBackup[];
  readonly restores: readonly RestoreRecord[];
  readonly incidents: readonly Incident[];
  readonly observations: readonly Observation[];
  readonly drills: readonly Drill[];
  /** What is on record of labelled containers. */
  readonly labelled: readonly DatabaseRecord[];
  readonly jobs: JobFacts;
  readonly storage: StorageFacts;
  readonly now: Date;
}

/** The facts of one database, its backups newest first. */
export interface DatabaseFacts {
  readonly config: DatabaseConfig;
  readonly backups: readonly Backup[];
  readonly damaged: readonly DamagedBackup[];
  readonly restores: readonly RestoreRecord[];
  readonly incidents: readonly Incident[];
  readonly observations: readonly Observation[];
  readonly drills: readonly Drill[];
  readonly labelled: readonly DatabaseRecord[];
  readonly now: Date;
}
