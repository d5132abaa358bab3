import { z } from 'zod';
import { Difference } from './inventory.ts';
import { BackupId, DatabaseName, Sha256 } from './words.ts';

/** Table by table: what is there now and what would be there after the restore. */
export const TableChange = z.object({
  name: z.string(),
  rowsNow: z.int().nonnegative().nullable(),
  rowsThen: z.int().nonnegative().nullable(),
  /** The newest value of a timestamp column now, and which column it is. */
  newest: z.object({ column: z.string(), value: z.string() }).nullable(),
  /** Rows that are newer than the backup by that column: they would be lost. Null when nobody could count. */
  newer: z.int().nonnegative().nullish(),
});
export type TableChange = z.infer<typeof TableChange>;

/** What a restore would do, before it does it. Read-only. `planHash` covers what matters. */
export const RestorePlan = z.object({
  planHash: Sha256,
  database: DatabaseName,
  source: z.string(),
  backup: BackupId.nullable(),
  into: z.string(),
  method: z.enum(['aside', 'in-place']),
  untrusted: z.boolean(),
  targetExists: z.boolean(),
  tables: z.array(TableChange),
  objects: z.array(Difference),
  missingRoles: z.array(z.string()),
  missingExtensions: z.array(
    z.object({ name: z.string(), version: z.string(), available: z.string().nullable() }),
  ),
  /** On the server's disk, all that `neededFor` names. */
  neededBytes: z.int().nonnegative(),
  /** The copy; a reserve for the write-ahead log and everybody else; the safety backup, where the storage is on that disk. */
  neededFor: z
    .object({
      copyBytes: z.int().nonnegative(),
      reserveBytes: z.int().nonnegative(),
      safetyBytes: z.int().nonnegative(),
    })
    .optional(),
  /** Free bytes on the server's data volume; null when nobody can tell. */
  freeBytes: z.int().nonnegative().nullable(),
  sessions: z.int().nonnegative(),
  expectedMs: z.number().nonnegative().nullable(),
  /** Named and explained: prepared transactions, slots, subscriptions, a pooler, missing rights … */
  warnings: z.array(z.string()),
  /** Reasons why the restore would be refused; empty when it can go ahead. */
  obstacles: z.array(z.string()),
});
export type RestorePlan = z.infer<typeof RestorePlan>;

/** One line of a cleanup's plan. `subject` says what kind of thing `backup` names. */
export const CleanupAction = z.object({
  subject: z.enum(['backup', 'attempt', 'trash', 'duplicate', 'database', 'container', 'record', 'log']),
  /** The backup's id, or the name of the leftover. */
  backup: z.string(),
  database: z.string(),
  action: z.enum(['keep', 'delete']),
  /** The rule that decided, in words. */
  reason: z.string(),
  bytes: z.int().nonnegative(),
});
export type CleanupAction = z.infer<typeof CleanupAction>;

export const CleanupPlan = z.object({
  planHash: Sha256,
  plan: z.array(CleanupAction),
  freedBytes: z.int().nonnegative(),
  /** Set when some of it needs a person, who gives the plan's hash: what, and why. */
  refused: z.string().nullable(),
});
export type CleanupPlan = z.infer<typeof CleanupPlan>;
