import { z } from 'zod';

export const FindingStatus = z.enum(['pass', 'warn', 'fail', 'skip']);
export type FindingStatus = z.infer<typeof FindingStatus>;

/** The answer to one check of a live database. */
export const Finding = z.object({
  /** The check's stable id, e.g. `connection.answers`. */
  id: z.string(),
  title: z.string(),
  group: z.enum(['connection', 'structure', 'pgvector', 'consistency', 'rights', 'performance']),
  status: FindingStatus,
  value: z.string(),
  expected: z.string(),
  /** What to do about it; empty when it passed. */
  advice: z.string(),
  durationMs: z.number().nonnegative(),
});
export type Finding = z.infer<typeof Finding>;

export const VerificationMode = z.enum(['quick', 'full']);
export type VerificationMode = z.infer<typeof VerificationMode>;
