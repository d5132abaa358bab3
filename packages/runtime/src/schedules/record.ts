import { type Schedule, ScheduleBody, type ScheduleConfig, ScheduleName } from '@sagekeep/contracts';
import { z } from 'zod';

const kept = { version: z.literal(1), name: ScheduleName, by: z.string(), at: z.iso.datetime() };

/** A schedule that a user put. It outranks a declared one of the same name. */
const PutRecord = z.looseObject({ ...kept, body: ScheduleBody });
type PutRecord = z.infer<typeof PutRecord>;

/** That a user switched a declared schedule on or off. All else of it stays as it is declared. */
const SwitchRecord = z.looseObject({ ...kept, enabled: z.boolean() });

/** What users said of a schedule, as it is kept in the storage. */
export const ScheduleRecord = z.union([PutRecord, SwitchRecord]);
export type ScheduleRecord = z.infer<typeof ScheduleRecord>;

/** Where records of schedules are kept; the vault's records fit. */
export interface ScheduleRecords {
  /** `damaged` are the names of those that cannot be read. */
  list(): Promise<{
    items: readonly ({ name: string } & Record<string, unknown>)[];
    damaged: readonly string[];
  }>;
  put(name: string, record: ScheduleRecord): Promise<void>;
  remove(name: string): Promise<void>;
}

/** A schedule as it should be in Redis, wherever it was declared. */
export type Definition = Omit<Schedule, 'nextRunAt'>;

function fromConfig(config: ScheduleConfig): Definition {
  return { ...config, payload: { ...config.payload }, everyMs: null, source: 'configuration' };
}

/** The schedule that a record and the declaration of its name make together; undefined when there is none. */
export function definitionOf(
  record: ScheduleRecord | undefined,
  declared: ScheduleConfig | undefined,
): Definition | undefined {
  if (isPut(record)) return fromPut(record);
  if (declared === undefined) return undefined;
  return { ...fromConfig(declared), enabled: record?.enabled ?? declared.enabled };
}

export function isPut(record: ScheduleRecord | undefined): record is PutRecord {
  return record !== undefined && 'body' in record;
}

function fromPut({ name, body }: PutRecord): Definition {
  const { job, payload, cron, everyMs, timezone, enabled } = body;
  const when = { cron: cron?.trim() ?? null, everyMs: everyMs ?? null };
  return { name, job, payload, ...when, timezone, enabled, source: 'user' };
}
