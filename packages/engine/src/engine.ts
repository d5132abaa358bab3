import type {
  BackupPayload,
  CleanupPayload,
  CleanupPlan,
  DatabaseConfig,
  Finding,
  FindingStatus,
  JobContext,
  Log,
  Manifest,
  PlanPayload,
  Proof,
  ProvePayload,
  Report,
  RestorePayload,
  RestorePlan,
  RestoreRecord,
  ScrubJobResult,
  ScrubPayload,
  ServerConfig,
  UndoPayload,
  VerifyPayload,
} from '@sagekeep/contracts';
import type { Vault } from '@sagekeep/storage';

/** What the engine is wired with. It reads no environment and opens no queue. */
export interface EngineDependencies {
  readonly vault: Vault;
  readonly databases: readonly DatabaseConfig[];
  readonly servers: readonly ServerConfig[];
  readonly log: Log;
  /** How long a child process may take to end on SIGTERM before SIGKILL, ms. */
  readonly killGraceMs: number;
  /** How long a swap waits for a running backup before it ends it, ms. */
  readonly restorePatienceMs: number;
  /** Docker's API: a socket path or `tcp://host:port`; null when Docker is not used. */
  readonly dockerHost: string | null;
  readonly toolVersion: string;
  readonly now: () => Date;
}

export interface EngineOptions extends EngineDependencies {
  /** Every database that is known when a call begins, labelled ones too; left out, `databases`. */
  readonly known?: () => Promise<readonly DatabaseConfig[]>;
}

/** What is known about jobs that have not started: cleanup keeps what they will read. */
export interface InFlight {
  /** Backups named by queued or running jobs. */
  readonly backups: readonly string[];
  /** Restores that queued or running jobs will undo, by id: what they kept stays. Asked when a sweep begins; left out where no queue can be asked. */
  readonly undoing?: readonly string[];
  /** False when the queue could not be asked: then everything a job might read is kept. */
  readonly known: boolean;
  /** Asks anew, before each deletion: jobs may be queued while a cleanup runs. */
  readonly again?: () => Promise<InFlight>;
  /** Whether the queue knows that proof, and no attempt of it will run any more; left out where it cannot be asked. */
  readonly hasEnded?: (jobId: string) => Promise<boolean>;
}

/** One fact that `doctor` found about this machine, and how to get what is missing. */
export interface Diagnosis {
  readonly id: string;
  readonly ok: boolean;
  readonly text: string;
  readonly advice: string | null;
}

/**
 * Everything that touches a database. Each call is one attempt of a job: it throws a SagekeepError whose `retryable`
 * says whether the same job may succeed later, honours `context.signal`, and leaves nothing half-done that a later
 * attempt or the next cleanup does not take back. Reports are kept as records before the call resolves.
 */
export interface Engine {
  backup(payload: BackupPayload, context: JobContext): Promise<{ manifest: Manifest; report: Report }>;
  plan(payload: PlanPayload, context: JobContext): Promise<RestorePlan>;
  restore(payload: RestorePayload, context: JobContext): Promise<{ record: RestoreRecord; report: Report }>;
  undo(
    payload: UndoPayload,
    context: JobContext,
  ): Promise<{ record: RestoreRecord; downtimeMs: number | null }>;
  prove(payload: ProvePayload, context: JobContext): Promise<Proof>;
  scrub(payload: ScrubPayload, context: JobContext): Promise<ScrubJobResult>;
  verify(
    payload: VerifyPayload,
    context: JobContext,
  ): Promise<{ status: FindingStatus; findings: Finding[]; report: Report }>;
  cleanup(
    payload: CleanupPayload,
    context: JobContext,
    inFlight: InFlight,
  ): Promise<{ plan: CleanupPlan; report: Report }>;
  diagnose(): Promise<Diagnosis[]>;
}
