/** Time limits of both modes, ms: for one statement, one wait for a lock, and a check that asks table after table. */
export const limits = {
  quick: { statementMs: 10_000, lockMs: 2_000, checkMs: 20_000 },
  full: { statementMs: 120_000, lockMs: 5_000, checkMs: 300_000 },
} as const;
