import { Cron, DatabaseName, Format, Role, ScheduleName, Sha256 } from '@sagekeep/contracts';
import { z } from 'zod';
import { parseDuration, parseSize } from './units.ts';

function unit(parse: (text: string) => number | null, example: string) {
  return z.string().transform((text, context) => {
    const value = parse(text);
    if (value !== null) return value;
    context.addIssue({ code: 'custom', message: `"${text}" is not ${example}` });
    return z.NEVER;
  });
}

const duration = unit(parseDuration, 'a duration like 26h or 500ms');
const size = unit(parseSize, 'a size like 1GB or 512MB');
const count = z.int().min(0);
const text = z.string().min(1);

const retention = z.strictObject({
  keepDays: count.optional(),
  keepLast: count.optional(),
  keepDaily: count.optional(),
  keepWeekly: count.optional(),
  keepMonthly: count.optional(),
  keepYearly: count.optional(),
  safetyDays: count.optional(),
  maxBytes: size.optional(),
  maxDeleteShare: z.number().gt(0).max(1).optional(),
});

const percent = z.number().min(0).max(100);
const coverage = z.tuple([percent, percent]);

/** A configured database as people write it. */
export const DatabaseShape = z.strictObject({
  url: text.optional(),
  url_file: text.optional(),
  // Empty, as where it is not on this host: none.
  container: z
    .string()
    .transform((name) => (name === '' ? undefined : name))
    .optional(),
  run: z.enum(['network', 'container']).optional(),
  formats: z
    .array(Format)
    .min(1)
    .refine((formats) => new Set(formats).size === formats.length, 'a format is named twice')
    .optional(),
  rpo: duration.optional(),
  rto: duration.optional(),
  proof: z
    .strictObject({
      when: z.enum(['every-backup', 'never']).optional(),
      where: text.optional(),
      vectorIndexes: z.boolean().optional(),
      scrubWithin: duration.optional(),
    })
    .optional(),
  retention: retention.optional(),
  expect: z
    .strictObject({
      schema: text.optional(),
      references: z
        .array(z.string().regex(/^\s*\S+\.\S+\s*->\s*\S+\.\S+\s*$/, 'write "table.column -> table.column"'))
        .optional(),
      coverage: coverage.optional(),
      coverageOf: z
        .record(z.string().regex(/^([^\s.]\S*\.)?[^\s.]\S*\.\S*[^\s.]$/, 'write "table.column"'), coverage)
        .optional(),
      recall: z.number().min(0).max(1).optional(),
      checks: z.record(z.string(), z.enum(['off', 'warn', 'fail'])).optional(),
    })
    .optional(),
  keepBefore: duration.optional(),
  restoreMemory: size.optional(),
});
export type DatabaseShape = z.infer<typeof DatabaseShape>;

const schedule = z.union(
  [
    Cron,
    z.strictObject({
      job: z.enum(['backup', 'cleanup', 'monitor', 'verify', 'prove', 'scrub']).optional(),
      payload: z.record(z.string(), z.unknown()).optional(),
      cron: Cron.optional(),
      timezone: text.optional(),
      enabled: z.boolean().optional(),
    }),
    z.literal(false),
  ],
  { error: 'write five cron fields like "0 2 * * *", false, or { job, payload, cron, timezone, enabled }' },
);
export type ScheduleShape = z.infer<typeof schedule>;

const channel = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('webhook'),
    url: text.optional(),
    url_file: text.optional(),
    secret: text.optional(),
    secret_file: text.optional(),
    body: text.optional(),
  }),
  z.strictObject({
    kind: z.literal('healthchecks'),
    url: text.optional(),
    url_file: text.optional(),
    provenOnly: z.boolean().optional(),
  }),
  z.strictObject({
    kind: z.literal('syslog'),
    host: text.optional(),
    port: z.int().min(1).max(65_535).optional(),
    socket: text.optional(),
  }),
  z.strictObject({
    kind: z.literal('email'),
    smtp: text.optional(),
    smtp_file: text.optional(),
    from: z.email(),
    to: z.array(z.email()).min(1),
  }),
]);
export type ChannelShape = z.infer<typeof channel>;

const access = z.strictObject({
  tokens: z
    .array(
      z.strictObject({
        name: text,
        role: Role,
        sha256: Sha256.optional(),
        token: text.optional(),
        token_file: text.optional(),
      }),
    )
    .optional(),
  logins: z
    .array(
      z.strictObject({
        user: text,
        role: Role,
        sha256: Sha256.optional(),
        password: text.optional(),
        password_file: text.optional(),
      }),
    )
    .optional(),
  sessionSecret: text.optional(),
  sessionSecret_file: text.optional(),
});

/** The configuration file as people write it. Unknown keys are faults. */
export const FileShape = z.strictObject({
  databases: z.record(DatabaseName, DatabaseShape).optional(),
  servers: z
    .record(DatabaseName, z.strictObject({ url: text.optional(), url_file: text.optional() }))
    .optional(),
  storage: z.strictObject({ folder: text.optional() }).optional(),
  redis: z
    .strictObject({ url: text.optional(), url_file: text.optional(), prefix: text.optional() })
    .optional(),
  http: z
    .strictObject({
      host: text.optional(),
      port: z.int().min(0).max(65_535).optional(),
      publicUrl: z.url().optional(),
    })
    .optional(),
  schedules: z
    .strictObject({ timezone: text.optional() })
    .catchall(schedule)
    .superRefine((value, context) => {
      for (const name of Object.keys(value)) {
        if (!ScheduleName.safeParse(name).success)
          context.addIssue({
            code: 'custom',
            path: [name],
            message: 'a schedule name is 1–61 of a-z 0-9 _ -',
          });
      }
    })
    .optional(),
  alerts: z
    .strictObject({ remindAfter: duration.optional(), channels: z.record(ScheduleName, channel).optional() })
    .optional(),
  access: access.optional(),
  logs: z
    .strictObject({
      folder: z.string().nullable().optional(),
      level: z.enum(['debug', 'info', 'warn', 'error']).optional(),
    })
    .optional(),
  queues: z
    .strictObject({
      lock: duration.optional(),
      stalledInterval: duration.optional(),
      killGrace: duration.optional(),
      shutdownGrace: duration.optional(),
      longestWait: duration.optional(),
      concurrency: z.record(z.string(), z.int().min(1).max(64)).optional(),
    })
    .optional(),
  restore: z.strictObject({ patience: duration.optional() }).optional(),
  docker: z
    .strictObject({
      host: text.optional(),
      labels: z
        .union([z.literal(false), z.string().regex(/^[^=\s]+=\S+$/)], {
          error: 'write a label like sagekeep.enable=true, or false',
        })
        .optional(),
    })
    .optional(),
});
export type FileShape = z.infer<typeof FileShape>;
export type AccessShape = z.infer<typeof access>;
