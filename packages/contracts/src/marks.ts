import { z } from 'zod';
import { Difference } from './inventory.ts';
import { Instant } from './words.ts';

/** Who did it: a token's or login's name, `schedule`, or `offline:<user>`. */
export const Actor = z.string().min(1).max(120);
export type Actor = z.infer<typeof Actor>;

/**
 * What a proof found. `proven`: everything matched. `content-proven`: rows, sequences and large objects matched,
 * definition texts differ for listed reasons (another server major). `failed`: it did not come back whole.
 */
export const Proof = z.looseObject({
  kind: z.literal('proof'),
  result: z.enum(['proven', 'content-proven', 'failed']),
  /** When it failed, or when it began to read the files: what is found damaged from then on, it does not refute. */
  at: Instant,
  /** `own`, or the name of another configured server, or `container`. */
  where: z.string(),
  serverVersion: z.string(),
  clientVersion: z.string(),
  /** Whether vector indexes were built: without them this is no measurement of the RTO. */
  vectorIndexes: z.boolean(),
  /** Files whose digests and full decode were checked. */
  files: z.array(z.string()),
  durationMs: z.number().nonnegative(),
  timings: z.record(z.string(), z.number().nonnegative()),
  differences: z.array(Difference),
  /** What a reader must know: what is not content-proven by its nature (materialised views …), that the run was late. */
  notes: z.array(z.string()),
  error: z.string().nullable(),
  jobId: z.string(),
  /** The id of the backup; older proofs do not say it. */
  backup: z.string().optional(),
});
export type Proof = z.infer<typeof Proof>;

/** A backup that retention must not touch. */
export const Hold = z.looseObject({
  kind: z.literal('hold'),
  at: Instant,
  by: Actor,
  reason: z.string().min(1).max(500),
});
export type Hold = z.infer<typeof Hold>;

/** A backup whose content looks wrong against its history; retention of its database is frozen. */
export const Suspect = z.looseObject({
  kind: z.literal('suspect'),
  at: Instant,
  reasons: z.array(z.string()).min(1),
});
export type Suspect = z.infer<typeof Suspect>;

/** A person has looked at a suspect backup. */
export const Acknowledgement = z.looseObject({
  kind: z.literal('acknowledgement'),
  at: Instant,
  by: Actor,
  reason: z.string().min(1).max(500),
});
export type Acknowledgement = z.infer<typeof Acknowledgement>;

/** Every file re-read against its digest, without a restore. */
export const Scrub = z.looseObject({
  kind: z.literal('scrub'),
  at: Instant,
  result: z.enum(['whole', 'damaged']),
  damaged: z.array(z.string()),
});
export type Scrub = z.infer<typeof Scrub>;

export const Mark = z.discriminatedUnion('kind', [Proof, Hold, Suspect, Acknowledgement, Scrub]);
export type Mark = z.infer<typeof Mark>;
export type MarkKind = Mark['kind'];
