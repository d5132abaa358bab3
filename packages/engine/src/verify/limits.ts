import type { VerificationMode } from '@sagekeep/contracts';

/** Time limits, ms. */
export interface Limits {
  /** Of one statement. */
  readonly statementMs: number;
  /** Of one wait for a lock. */
  readonly lockMs: number;
  /** Of a check that asks table after table. */
  readonly checkMs: number;
}

export const limitsOf: Readonly<Record<VerificationMode, Limits>> = {
  quick: { statementMs: 10_000, lockMs: 2_000, checkMs: 20_000 },
  full: { statementMs: 120_000, lockMs: 5_000, checkMs: 300_000 },
};
