import type {
  Backup,
  BackupPage,
  JobState,
  PostBackup,
  PostCleanup,
  PostPlan,
  PostRestore,
  QueueName,
  RestoreRecord,
  Status,
  VerificationMode,
} from '@sagekeep/contracts';
import type { JobEvent } from '@sagekeep/runtime';

/** What can be asked for as a job, in the words of the HTTP bodies. */
export type Work =
  | { readonly job: 'backup'; readonly body: PostBackup }
  | { readonly job: 'plan'; readonly body: PostPlan }
  | { readonly job: 'restore'; readonly body: PostRestore }
  | { readonly job: 'undo'; readonly restore: RestoreRecord; readonly confirm: string }
  | { readonly job: 'verify'; readonly body: { readonly database: string; readonly mode: VerificationMode } }
  | { readonly job: 'prove'; readonly body: ProveBody }
  | { readonly job: 'cleanup'; readonly body: PostCleanup };

export interface ProveBody {
  readonly backup: string;
  readonly database?: string;
  readonly drill?: boolean;
}

/** A job that was accepted, or that runs right here. */
export interface Started {
  readonly id: string;
  readonly queue: QueueName;
  readonly state: JobState;
  /** Where Bull Board shows it; null offline. */
  readonly board: string | null;
  /** Ends after `completed` or `failed`, or when the signal is aborted. */
  events(signal: AbortSignal): AsyncIterable<JobEvent>;
}

/** Where a verb asks: at the API, or, with `--offline`, at the engine and the storage themselves. */
export interface Desk {
  readonly kind: 'online' | 'offline';
  /** Names of the configured databases. */
  databases(): Promise<string[]>;
  /** Newest first; without the inventories' entries when they come over HTTP. */
  backups(filter: { database?: string | undefined; proven?: boolean | undefined }): Promise<BackupPage>;
  backup(id: string): Promise<Backup>;
  /** Newest first. */
  restores(database?: string): Promise<RestoreRecord[]>;
  /** A job's report as text. */
  report(jobId: string): Promise<string>;
  status(): Promise<Status>;
  start(work: Work): Promise<Started>;
  close(): Promise<void>;
}
