import { z } from 'zod';
import { Measures } from './findings.ts';
import { Difference } from './inventory.ts';
import { DatabaseProperties } from './manifest.ts';
import { Actor, Proof } from './marks.ts';
import { BackupId, DatabaseName, Instant } from './words.ts';

/** Before and after of one table in a restore. */
export const TableCounts = z.object({
  name: z.string(),
  before: z.int().nonnegative().nullable(),
  after: z.int().nonnegative().nullable(),
});
export type TableCounts = z.infer<typeof TableCounts>;

/**
 * A restore, kept for as long as undo may need it and its report is worth reading.
 * State: `building` → `swapped` → (`undone` | `expired`), or `failed`.
 */
export const RestoreRecord = z.looseObject({
  version: z.literal(1),
  id: z.string(),
  database: DatabaseName,
  state: z.enum(['building', 'swapped', 'undone', 'expired', 'failed']),
  source: z.string(),
  backup: BackupId.nullable(),
  into: z.string(),
  server: z.string(),
  /** `system_identifier` of that server: OIDs and names mean something there only. Null where it was not told. */
  serverId: z.string().nullish(),
  /** Whether `into` was the database's own configured place: what "the last restore" of it means. */
  own: z.boolean().nullish(),
  method: z.enum(['aside', 'in-place']),
  by: Actor,
  jobId: z.string(),
  attempt: z.int().positive(),
  startedAt: Instant,
  finishedAt: Instant.nullable(),
  /** Short id used in the names made in PostgreSQL. */
  shortId: z.string(),
  aside: z.string(),
  /** The database that held the old content; null when there was none. */
  before: z.string().nullable(),
  /** OIDs tell which database is which, whatever it is called now. */
  asideOid: z.int().nullable(),
  beforeOid: z.int().nullable(),
  undoUntil: Instant.nullable(),
  /** What the swapped-out database was like when it was live; `before` itself is secluded. */
  liveProperties: DatabaseProperties.nullish(),
  /** Its size at the swap. */
  beforeBytes: z.int().nonnegative().nullish(),
  /** After an undo: the restored copy that it swapped out; kept like `before` was. */
  swappedOut: z.object({ name: z.string(), oid: z.int(), until: Instant }).nullish(),
  safetyBackup: BackupId.nullable(),
  /** Taken of the kept database after the swap; only then may that be dropped. */
  closingBackup: BackupId.nullable(),
  withoutSafety: z.boolean(),
  trustFile: z.boolean(),
  downtimeMs: z.number().nonnegative().nullable(),
  tables: z.array(TableCounts),
  timings: z.record(z.string(), z.number().nonnegative()),
  proof: Proof.nullable(),
  differences: z.array(Difference),
  notes: z.array(z.string()),
  error: z.string().nullable(),
  /** Of a failed one: nobody can tell any more whether it went live. */
  fateUnknown: z.boolean().nullish(),
  /** Of one in place: the id of its transaction, told when it began and once more when all was proven, before its commit. */
  began: z.string().nullish(),
  xid: z.string().nullish(),
  /** Of a failed one in place: its dump has committed a part of itself. */
  partLive: z.boolean().nullish(),
});
export type RestoreRecord = z.infer<typeof RestoreRecord>;

/** The report of a job: what was done, for people and programs. The text form is made from it. */
export const Report = z.looseObject({
  version: z.literal(1),
  /** The job's id. */
  id: z.string(),
  kind: z.string(),
  database: z.string().nullable(),
  at: Instant,
  result: z.enum(['done', 'failed', 'findings']),
  title: z.string(),
  /** Sections of `name: value` lines and tables, in reading order. */
  sections: z.array(
    z.object({
      title: z.string(),
      facts: z.array(z.object({ name: z.string(), value: z.string() })),
      table: z.object({ columns: z.array(z.string()), rows: z.array(z.array(z.string())) }).optional(),
    }),
  ),
});
export type Report = z.infer<typeof Report>;

/** One cause of trouble, opened once, reminded, resolved. */
export const Incident = z.looseObject({
  version: z.literal(1),
  id: z.string(),
  /** Same cause, same key: `backup-failed:sage`. */
  key: z.string(),
  database: z.string().nullable(),
  severity: z.enum(['warn', 'fail']),
  title: z.string(),
  detail: z.string(),
  /** The command to type next. */
  advice: z.string(),
  openedAt: Instant,
  lastSeenAt: Instant,
  remindedAt: Instant.nullable(),
  resolvedAt: Instant.nullable(),
  occurrences: z.int().positive(),
  /** Who ended it by hand, and why. */
  closed: z.object({ by: Actor, reason: z.string() }).optional(),
});
export type Incident = z.infer<typeof Incident>;

/** A result kept so that trends can show: of verify and monitor. */
export const Observation = z.looseObject({
  version: z.literal(1),
  id: z.string(),
  kind: z.enum(['verification', 'monitor']),
  database: z.string().nullable(),
  at: Instant,
  status: z.enum(['pass', 'warn', 'fail']),
  /** What each check measured, by its id; also of checks that passed. */
  measures: z.record(z.string(), Measures).optional(),
});
export type Observation = z.infer<typeof Observation>;

/**
 * The last proof of a database that built every index: how long that took, and of how large a database. What the RTO is
 * measured by outlives the mark of its backup: later proofs spare vector indexes, and retention removes backups.
 */
export const Drill = z.looseObject({
  version: z.literal(1),
  /** The database's name. */
  id: z.string(),
  database: z.string(),
  backup: BackupId,
  at: Instant,
  durationMs: z.int().nonnegative(),
  databaseBytes: z.int().nonnegative(),
});
export type Drill = z.infer<typeof Drill>;

/** When each schedule runs next, kept for a Redis that loses it. */
export const NextRunsRecord = z.looseObject({
  version: z.literal(1),
  next: z.record(z.string(), Instant),
});
export type NextRunsRecord = z.infer<typeof NextRunsRecord>;

/** When each line of the status that is not green, and knows no better, was first seen so. */
export const SightingsRecord = z.looseObject({
  version: z.literal(1),
  firstSeen: z.record(z.string(), Instant),
});
export type SightingsRecord = z.infer<typeof SightingsRecord>;

/** What a worker found out about a container that is labelled to be protected. It holds no URL and no secret. */
export const DatabaseRecord = z.looseObject({
  version: z.literal(1),
  id: z.string(),
  name: DatabaseName,
  container: z.string(),
  containerId: z.string(),
  /** Null where nobody could tell. */
  dbname: z.string().nullable(),
  /** `unreachable`: not from where the worker runs; `refused`: its labels do not suffice; `gone`: the container vanished. */
  state: z.enum(['ready', 'unreachable', 'refused', 'gone']),
  why: z.string().nullable(),
  /** What to do about it. */
  advice: z.string().nullable(),
  since: Instant,
  seenAt: Instant,
});
export type DatabaseRecord = z.infer<typeof DatabaseRecord>;

/** A worker looks every five minutes: what none has seen for longer is missed. */
export const missedAfterMs = 15 * 60_000;
