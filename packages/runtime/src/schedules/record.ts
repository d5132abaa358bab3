import { type Schedule, ScheduleBody, type ScheduleConfig, ScheduleName } from '@sagekeep/contracts';
import { z } from 'zod';

/** A schedule that a user put, as it is kept in the storage; it outranks a declared one of the same name. */
export const ScheduleRecord = z.looseObject({
  version: z.literal(1),
  name: ScheduleName,
  body: ScheduleBody,
  by: z.string(),
  at: z.iso.datetime(),
});
export type ScheduleRecord = z.infer<typeof ScheduleRecord>;

/** Where records of schedules are kept; the vault's records fit. */
export interface ScheduleRecords {
  list(): Promise<{ items: readonly ({ name: string } & Record<string, unknown>)[] }>;
  put(name: string, record: ScheduleRecord): Promise<void>;
  remove(name: string): Promise<void>;
}

/** A schedule as it should be in Redis, wherever it was declared. */
export type Definition = Omit<Schedule, 'nextRunAt'>;

export function fromConfig(config: ScheduleConfig): Definition {
  return { ...config, payload: { ...config.payload }, everyMs: null, source: 'configuration' };
}

export function fromRecord({ name, body }: ScheduleRecord): Definition {
  const { job, payload, cron, everyMs, timezone, enabled } = body;
  const when = { cron: cron?.trim() ?? null, everyMs: everyMs ?? null };
  return { name, job, payload, ...when, timezone, enabled, source: 'user' };
}
