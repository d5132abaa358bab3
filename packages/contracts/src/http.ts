import { z } from 'zod';
import { Backup } from './catalogue.ts';
import { VerificationMode } from './findings.ts';
import { QueueName } from './jobs.ts';
import { Progress } from './progress.ts';
import { RestoreRecord } from './records.ts';
import { BackupId, DatabaseName, Format, Label, Sha256 } from './words.ts';

export const Role = z.enum(['viewer', 'operator']);
export type Role = z.infer<typeof Role>;

/** RFC 9457, with our stable `code` and, for bad input, the fields at fault. */
export const Problem = z.object({
  type: z.string(),
  title: z.string(),
  status: z.int(),
  detail: z.string(),
  code: z.string(),
  advice: z.string().optional(),
  errors: z.array(z.object({ field: z.string(), message: z.string() })).optional(),
  facts: z.record(z.string(), z.unknown()).optional(),
});
export type Problem = z.infer<typeof Problem>;

/** BullMQ's states of a job. */
export const JobState = z.enum([
  'waiting',
  'active',
  'delayed',
  'prioritized',
  'waiting-children',
  'completed',
  'failed',
  'unknown',
]);
export type JobState = z.infer<typeof JobState>;

/** The answer to every accepted POST. */
export const Accepted = z.object({
  jobId: z.string(),
  queue: QueueName,
  state: JobState,
  links: z.object({ job: z.string(), events: z.string(), board: z.string() }),
});
export type Accepted = z.infer<typeof Accepted>;

export const JobView = z.object({
  id: z.string(),
  name: z.string(),
  queue: QueueName,
  state: JobState,
  progress: z.number(),
  phase: z.string().nullable(),
  detail: Progress.nullable(),
  attempts: z.object({ made: z.int(), of: z.int() }),
  payload: z.unknown(),
  log: z.array(z.string()),
  result: z.unknown().nullable(),
  error: z.object({ code: z.string(), message: z.string(), advice: z.string().nullable() }).nullable(),
  createdAt: z.iso.datetime(),
  startedAt: z.iso.datetime().nullable(),
  finishedAt: z.iso.datetime().nullable(),
});
export type JobView = z.infer<typeof JobView>;

/** Every list is of this shape; `nextCursor` is absent on the last page. */
export function pageOf<T extends z.ZodType>(item: T) {
  return z.object({ items: z.array(item), nextCursor: z.string().optional() });
}

/** A backup in a list: without its inventory's entries, which may be megabytes; `GET /v1/backups/{id}` has all. */
export const BackupPage = z.object({
  items: z.array(Backup),
  damaged: z.array(z.object({ database: z.string(), id: z.string(), reason: z.string() })),
  nextCursor: z.string().optional(),
});
export type BackupPage = z.infer<typeof BackupPage>;

export const PostBackup = z.strictObject({
  database: DatabaseName,
  formats: z.array(Format).min(1).optional(),
  label: Label.optional(),
  hold: z.string().min(1).max(500).optional(),
});
export type PostBackup = z.infer<typeof PostBackup>;

/** The three last as in the restore that is planned: each lifts an obstacle. */
export const PostPlan = z.strictObject({
  database: DatabaseName,
  backup: z.union([BackupId, z.literal('latest')]).optional(),
  file: z.string().optional(),
  into: z.string().min(1).max(63).optional(),
  server: z.string().optional(),
  inPlace: z.boolean().optional(),
  withoutSafety: z.boolean().optional(),
  createRoles: z.boolean().optional(),
  trustFile: z.boolean().optional(),
});
export type PostPlan = z.infer<typeof PostPlan>;

/** `confirm` must equal `into`, or `database` when there is no `into`; `withoutSafety` repeats it. */
export const PostRestore = z.strictObject({
  database: DatabaseName,
  backup: z.union([BackupId, z.literal('latest')]).optional(),
  file: z.string().optional(),
  into: z.string().min(1).max(63).optional(),
  server: z.string().optional(),
  confirm: z.string(),
  planHash: Sha256.optional(),
  withoutSafety: z.string().optional(),
  inPlace: z.boolean().optional(),
  createRoles: z.boolean().optional(),
  trustFile: z.boolean().optional(),
  onMismatch: z.enum(['drop', 'keep']).optional(),
});
export type PostRestore = z.infer<typeof PostRestore>;

export const PostUndo = z.strictObject({ confirm: z.string() });
export type PostUndo = z.infer<typeof PostUndo>;

export const PostVerification = z.union([
  z.strictObject({ database: DatabaseName, mode: VerificationMode.default('quick') }),
  z.strictObject({
    backup: z.union([BackupId, z.literal('latest')]),
    database: DatabaseName.optional(),
    drill: z.boolean().optional(),
  }),
]);
export type PostVerification = z.infer<typeof PostVerification>;

export const PostCleanup = z.strictObject({
  database: DatabaseName.optional(),
  kept: z.string().optional(),
  dryRun: z.boolean().optional(),
  planHash: Sha256.optional(),
});
export type PostCleanup = z.infer<typeof PostCleanup>;

export const WithReason = z.strictObject({ reason: z.string().trim().min(1).max(500) });
export type WithReason = z.infer<typeof WithReason>;

export const RestorePage = pageOf(RestoreRecord);
export type RestorePage = z.infer<typeof RestorePage>;
