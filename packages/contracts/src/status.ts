import { z } from 'zod';
import { Incident } from './records.ts';

const level = z.enum(['ok', 'warn', 'fail', 'unknown']);
export const Level = level;
export type Level = z.infer<typeof Level>;

/**
 * One line of the status: when it is not `ok` it says since when, why, and the command to type next; otherwise these are null.
 * `since` is when it became so where that is known, else when a status first saw it so, without a green look in between.
 */
export const StatusLine = z.object({
  id: z.string(),
  level,
  text: z.string(),
  since: z.iso.datetime().nullable(),
  why: z.string().nullable(),
  command: z.string().nullable(),
});
export type StatusLine = z.infer<typeof StatusLine>;

export const DatabaseStatus = z.object({
  database: z.string(),
  level,
  lastBackup: z
    .object({ id: z.string(), at: z.iso.datetime(), bytes: z.int(), proven: z.boolean() })
    .nullable(),
  lastProven: z.object({ id: z.string(), at: z.iso.datetime() }).nullable(),
  rpo: z.object({ targetMs: z.number(), actualMs: z.number().nullable() }),
  rto: z.object({ targetMs: z.number(), measuredMs: z.number().nullable() }),
  /** Null while the storage cannot be read. */
  backups: z.object({ count: z.int(), bytes: z.int(), damaged: z.int() }).nullable(),
  kept: z.array(
    z.object({ name: z.string(), bytes: z.int().nullable(), until: z.iso.datetime().nullable() }),
  ),
  /** Share of rows with an embedding, percent, by column; empty while no verification has counted them. */
  coverage: z.array(z.object({ column: z.string(), percent: z.number(), at: z.iso.datetime() })),
  /** Of the server, as the newest verification has measured it; null when that could not see it. */
  disk: z.object({ freeBytes: z.number(), totalBytes: z.number(), at: z.iso.datetime() }).nullable(),
  lines: z.array(StatusLine),
});
export type DatabaseStatus = z.infer<typeof DatabaseStatus>;

export const Status = z.object({
  at: z.iso.datetime(),
  level,
  databases: z.array(DatabaseStatus),
  storage: z.object({
    location: z.string(),
    freeBytes: z.int().nullable(),
    totalBytes: z.int().nullable(),
    /** Why it could not be read: then nothing is known of backups and incidents. Null when it could. */
    error: z.string().nullable(),
  }),
  /** Null when Redis was not asked (offline) or did not answer. */
  queues: z.record(z.string(), z.record(z.string(), z.int())).nullable(),
  workers: z.array(z.object({ name: z.string(), seenAt: z.iso.datetime() })).nullable(),
  nextRuns: z.array(z.object({ schedule: z.string(), at: z.iso.datetime() })),
  incidents: z.array(Incident),
  lines: z.array(StatusLine),
});
export type Status = z.infer<typeof Status>;
