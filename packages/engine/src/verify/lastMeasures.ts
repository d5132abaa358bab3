import type { Measures } from '@sagekeep/contracts';
import type { Vault } from '@sagekeep/storage';

/** So many records are looked through: the monitor and other databases leave some between. */
const reach = 100;

export interface LastMeasures {
  /** ISO 8601. */
  readonly at: string;
  readonly measures: Measures;
}

/** What a check measured when this database was last verified; null when nobody knows. */
export async function lastMeasures(
  vault: Vault,
  database: string,
  check: string,
): Promise<LastMeasures | null> {
  const { items } = await vault.records.list('observations', { limit: reach });
  const last = items.find((one) => one.database === database && one.measures?.[check] !== undefined);
  const measures = last?.measures?.[check];
  return last === undefined || measures === undefined ? null : { at: last.at, measures };
}
