import type { Measures } from '@sagekeep/contracts';
import type { Vault } from '@sagekeep/storage';
import { isVerificationOf } from './verificationId.ts';

/** So many verifications of the database are looked through: a check that was skipped has measured nothing. */
const reach = 16;

export interface LastMeasures {
  /** ISO 8601. */
  readonly at: string;
  readonly measures: Measures;
}

/** What a check measured when this database was last verified; null when nobody knows. */
export async function lastMeasures(
  vault: Pick<Vault, 'records'>,
  database: string,
  check: string,
): Promise<LastMeasures | null> {
  const wanted = isVerificationOf(database);
  const { items } = await vault.records.list('observations', { limit: reach, wanted });
  for (const { at, measures } of items) {
    const measured = measures?.[check];
    if (measured !== undefined) return { at, measures: measured };
  }
  return null;
}
