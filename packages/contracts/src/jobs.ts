import { z } from 'zod';
import { Finding, FindingStatus, VerificationMode } from './findings.ts';
import { Actor, Proof } from './marks.ts';
import { CleanupAction, RestorePlan } from './plans.ts';
import { Incident } from './records.ts';
import { BackupId, DatabaseName, Format, Label, Reason, Sha256 } from './words.ts';

/** The queues, named for what people look for in Bull Board. */
export const QueueName = z.enum(['backup', 'restore', 'verify', 'cleanup', 'monitor', 'alert']);
export type QueueName = z.infer<typeof QueueName>;

const by = Actor.default('unknown');

export const BackupPayload = z.strictObject({
  database: DatabaseName,
  formats: z.array(Format).min(1).optional(),
  label: Label.optional(),
  hold: z.string().min(1).max(500).optional(),
  reason: Reason.default('manual'),
  by,
});
export type BackupPayload = z.infer<typeof BackupPayload>;
export const BackupJobResult = z.object({ backup: BackupId, proof: z.string().nullable().default(null) });
export type BackupJobResult = z.infer<typeof BackupJobResult>;

/** Where a restore takes its content from: exactly one of the two. `backup` may be `latest`. */
const source = {
  backup: z.union([BackupId, z.literal('latest')]).optional(),
  file: z.string().min(1).max(1024).optional(),
};
const oneSource = (s: { backup?: unknown; file?: unknown }) =>
  (s.backup === undefined) !== (s.file === undefined);
const oneSourceMessage = { message: 'give exactly one of backup and file', path: ['backup'] };

export const RestorePayload = z
  .strictObject({
    database: DatabaseName,
    ...source,
    into: z.string().min(1).max(63).optional(),
    server: z.string().optional(),
    planHash: Sha256.optional(),
    withoutSafety: z.boolean().default(false),
    inPlace: z.boolean().default(false),
    createRoles: z.boolean().default(false),
    trustFile: z.boolean().default(false),
    onMismatch: z.enum(['drop', 'keep']).default('drop'),
    by,
  })
  .refine(oneSource, oneSourceMessage);
export type RestorePayload = z.infer<typeof RestorePayload>;
export const RestoreJobResult = z.object({
  restore: z.string(),
  downtimeMs: z.number().nullable(),
  safetyBackup: BackupId.nullable(),
  proof: z.string(),
  method: z.enum(['aside', 'in-place']).default('aside'),
  /** The command that takes it back; null when nothing was replaced. */
  wayBack: z.string().nullable().default(null),
});
export type RestoreJobResult = z.infer<typeof RestoreJobResult>;

export const PlanPayload = z
  .strictObject({
    database: DatabaseName,
    ...source,
    into: z.string().min(1).max(63).optional(),
    server: z.string().optional(),
    inPlace: z.boolean().default(false),
    /** As the restore would be asked for: each lifts an obstacle. */
    withoutSafety: z.boolean().default(false),
    createRoles: z.boolean().default(false),
    trustFile: z.boolean().default(false),
    by,
  })
  .refine(oneSource, oneSourceMessage);
export type PlanPayload = z.infer<typeof PlanPayload>;
export const PlanJobResult = z.object({ plan: RestorePlan });
export type PlanJobResult = z.infer<typeof PlanJobResult>;

export const UndoPayload = z.strictObject({ database: DatabaseName, restore: z.string().min(1), by });
export type UndoPayload = z.infer<typeof UndoPayload>;
export const UndoJobResult = z.object({
  restore: z.string(),
  /** Null when the attempt that swapped did not live to measure it. */
  downtimeMs: z.number().nullable(),
});
export type UndoJobResult = z.infer<typeof UndoJobResult>;

export const VerifyPayload = z.strictObject({
  database: DatabaseName,
  mode: VerificationMode.default('quick'),
  by,
});
export type VerifyPayload = z.infer<typeof VerifyPayload>;
export const VerifyJobResult = z.object({ status: FindingStatus, findings: z.array(Finding) });
export type VerifyJobResult = z.infer<typeof VerifyJobResult>;

/** `drill` builds everything, whatever the configuration spares nightly proofs. */
export const ProvePayload = z.strictObject({
  backup: z.union([BackupId, z.literal('latest')]),
  database: DatabaseName.optional(),
  drill: z.boolean().default(false),
  by,
});
export type ProvePayload = z.infer<typeof ProvePayload>;
export const ProveJobResult = z.object({ status: FindingStatus, proof: Proof });
export type ProveJobResult = z.infer<typeof ProveJobResult>;

export const ScrubPayload = z.strictObject({ database: DatabaseName.optional(), by });
export type ScrubPayload = z.infer<typeof ScrubPayload>;
export const ScrubJobResult = z.object({
  status: FindingStatus,
  whole: z.int().nonnegative(),
  damaged: z.array(BackupId),
  bytes: z.int().nonnegative(),
  /** That the run was late, or made up for one that did not happen. */
  late: z.string().optional(),
});
export type ScrubJobResult = z.infer<typeof ScrubJobResult>;

/** `backup` deletes exactly that one; else retention decides. */
export const CleanupPayload = z.strictObject({
  database: DatabaseName.optional(),
  backup: BackupId.optional(),
  kept: z.string().optional(),
  dryRun: z.boolean().default(false),
  planHash: Sha256.optional(),
  by,
});
export type CleanupPayload = z.infer<typeof CleanupPayload>;
export const CleanupJobResult = z.object({
  plan: z.array(CleanupAction),
  freedBytes: z.int().nonnegative(),
  planHash: Sha256,
  dryRun: z.boolean(),
  /** What needs the hash of this plan, and why; null when nothing does. */
  refused: z.string().nullable().default(null),
});
export type CleanupJobResult = z.infer<typeof CleanupJobResult>;

export const MonitorPayload = z.strictObject({ database: DatabaseName.optional(), by });
export type MonitorPayload = z.infer<typeof MonitorPayload>;
export const MonitorJobResult = z.object({ status: FindingStatus, findings: z.array(Finding) });
export type MonitorJobResult = z.infer<typeof MonitorJobResult>;

/** An event of an incident, or, with `run`, of one run of a backup: what a dead-man's switch is pinged with. */
export const DeliverPayload = z.strictObject({
  incident: z.string().min(1),
  channel: z.string().min(1),
  event: z.enum(['opened', 'reminded', 'resolved', 'test', 'run-started', 'run-succeeded', 'run-failed']),
  at: z.iso.datetime(),
  run: z.strictObject({ job: z.string().min(1), database: DatabaseName }).optional(),
  /** The incident itself, when the storage took no record of it. */
  unrecorded: Incident.optional(),
});
export type DeliverPayload = z.infer<typeof DeliverPayload>;
export const DeliverJobResult = z.object({ delivered: z.boolean(), detail: z.string() });
export type DeliverJobResult = z.infer<typeof DeliverJobResult>;

const minute = 60_000;
const hour = 60 * minute;

interface JobDefinition {
  readonly queue: QueueName;
  readonly payload: z.ZodType;
  readonly result: z.ZodType;
  /** Runs altogether, the first one included. */
  readonly attempts: number;
  /** Exponential with jitter between these two, ms. */
  readonly backoff: { readonly firstMs: number; readonly capMs: number };
  /** An attempt that takes longer is ended. */
  readonly timeoutMs: number;
}

/** The one list of jobs. The worker's registry is checked against it by the compiler. */
export const jobCatalogue = {
  backup: {
    queue: 'backup',
    payload: BackupPayload,
    result: BackupJobResult,
    attempts: 4,
    backoff: { firstMs: 15_000, capMs: 15 * minute },
    timeoutMs: 24 * hour,
  },
  plan: {
    queue: 'restore',
    payload: PlanPayload,
    result: PlanJobResult,
    attempts: 2,
    backoff: { firstMs: 2_000, capMs: minute },
    timeoutMs: hour,
  },
  restore: {
    queue: 'restore',
    payload: RestorePayload,
    result: RestoreJobResult,
    attempts: 2,
    backoff: { firstMs: 10_000, capMs: 5 * minute },
    timeoutMs: 48 * hour,
  },
  undo: {
    queue: 'restore',
    payload: UndoPayload,
    result: UndoJobResult,
    attempts: 3,
    backoff: { firstMs: 2_000, capMs: minute },
    timeoutMs: hour,
  },
  verify: {
    queue: 'verify',
    payload: VerifyPayload,
    result: VerifyJobResult,
    attempts: 2,
    backoff: { firstMs: 5_000, capMs: minute },
    timeoutMs: 2 * hour,
  },
  prove: {
    queue: 'verify',
    payload: ProvePayload,
    result: ProveJobResult,
    attempts: 2,
    backoff: { firstMs: 30_000, capMs: 15 * minute },
    timeoutMs: 48 * hour,
  },
  scrub: {
    queue: 'verify',
    payload: ScrubPayload,
    result: ScrubJobResult,
    attempts: 2,
    backoff: { firstMs: minute, capMs: 15 * minute },
    timeoutMs: 48 * hour,
  },
  cleanup: {
    queue: 'cleanup',
    payload: CleanupPayload,
    result: CleanupJobResult,
    attempts: 3,
    backoff: { firstMs: 10_000, capMs: 5 * minute },
    timeoutMs: 6 * hour,
  },
  monitor: {
    queue: 'monitor',
    payload: MonitorPayload,
    result: MonitorJobResult,
    attempts: 2,
    backoff: { firstMs: 10_000, capMs: minute },
    timeoutMs: 10 * minute,
  },
  deliver: {
    queue: 'alert',
    payload: DeliverPayload,
    result: DeliverJobResult,
    attempts: 60,
    backoff: { firstMs: 2_000, capMs: 10 * minute },
    timeoutMs: minute,
  },
} as const satisfies Record<string, JobDefinition>;

export type JobName = keyof typeof jobCatalogue;
export const jobNames = Object.keys(jobCatalogue) as JobName[];
export type JobPayload<N extends JobName> = z.infer<(typeof jobCatalogue)[N]['payload']>;
export type JobResult<N extends JobName> = z.infer<(typeof jobCatalogue)[N]['result']>;

/** Narrows a text from the outside to the name of a job. */
export function isJobName(name: string): name is JobName {
  return Object.hasOwn(jobCatalogue, name);
}

/**
 * Jobs that say nothing of how the house stands, well or badly: a person asked and reads the answer. Plans, dry runs, the
 * deletion of one thing by its name, and tests of a channel.
 */
export function isAskedFor(job: { readonly name: string; readonly payload: unknown }): boolean {
  const { event, dryRun, backup, kept } = { ...(job.payload as Record<string, unknown> | null) };
  if (job.name === 'plan') return true;
  if (job.name === 'deliver') return event === 'test';
  return job.name === 'cleanup' && (dryRun === true || backup !== undefined || kept !== undefined);
}
