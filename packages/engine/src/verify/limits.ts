import type { VerificationMode } from '@sagekeep/contracts';

/** Time limits, ms. */
export interface Limits {
  /** Of one statement. */
  readonly statementMs: number;
  /** Of a check that asks table after table. */
  readonly checkMs: number;
}

export const limitsOf: Readonly<Record<VerificationMode, Limits>> = {
  quick: { statementMs: 10_000, checkMs: 20_000 },
  full: { statementMs: 120_000, checkMs: 300_000 },
};
