/** Why a check of expectations is skipped, and what would let it be asked. */
export const nothingExpected = [
  'nothing says what to expect: no schema file and no proven backup',
  'Set expect.schema in the configuration, or make a backup and let it be proven.',
] as const;
