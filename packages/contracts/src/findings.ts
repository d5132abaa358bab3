import { z } from 'zod';

/** Numbers by name: of a column, an index, a table, or of the whole database. */
export const Measures = z.record(z.string(), z.number());
export type Measures = z.infer<typeof Measures>;

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
  /** What was measured, whatever the status; the check says in which unit. */
  measures: Measures.optional(),
});
export type Finding = z.infer<typeof Finding>;

export const VerificationMode = z.enum(['quick', 'full']);
export type VerificationMode = z.infer<typeof VerificationMode>;
