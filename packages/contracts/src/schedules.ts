import { z } from 'zod';

/** A cron text: exactly five fields of digits and `* , - /`. Ranges and whether it ever fires are checked where it is used. */
export const Cron = z
  .string()
  .regex(/^\s*([\d*,/-]+\s+){4}[\d*,/-]+\s*$/, 'exactly five fields of digits and * , - /');
export type Cron = z.infer<typeof Cron>;

export const ScheduleName = z.string().regex(/^[a-z0-9][a-z0-9_-]{0,60}$/, '1–61 of a-z 0-9 _ -');
export type ScheduleName = z.infer<typeof ScheduleName>;

/** What a user puts; exactly one of `cron` and `everyMs`. */
export const ScheduleBody = z
  .strictObject({
    job: z.enum(['backup', 'cleanup', 'monitor', 'verify', 'prove', 'scrub']),
    payload: z.record(z.string(), z.unknown()).default({}),
    cron: Cron.optional(),
    everyMs: z.int().min(60_000).optional(),
    timezone: z.string().default('UTC'),
    enabled: z.boolean().default(true),
  })
  .refine((s) => (s.cron === undefined) !== (s.everyMs === undefined), {
    message: 'give exactly one of cron and everyMs',
    path: ['cron'],
  });
export type ScheduleBody = z.infer<typeof ScheduleBody>;

/** All that a switch says: everything else stays as it is. */
export const ScheduleSwitch = z.strictObject({ enabled: z.boolean() });
export type ScheduleSwitch = z.infer<typeof ScheduleSwitch>;

/** A schedule as it is listed. `source` says who declared it. Times are UTC. */
export const Schedule = z.object({
  name: ScheduleName,
  job: z.string(),
  payload: z.record(z.string(), z.unknown()),
  cron: z.string().nullable(),
  everyMs: z.int().nullable(),
  timezone: z.string(),
  enabled: z.boolean(),
  source: z.enum(['configuration', 'user']),
  nextRunAt: z.iso.datetime().nullable(),
});
export type Schedule = z.infer<typeof Schedule>;
