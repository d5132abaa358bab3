import type { Measures, Observation } from '@sagekeep/contracts';
import { databaseOfVerification, type Vault } from '@sagekeep/storage';
import { timeStamp } from './verificationId.ts';

/** So many verifications of the database are looked through: a check that was skipped has measured nothing. */
const reach = 16;
/** Growth tells something over a day: the monitor verifies every hour. */
const spanMs = 24 * 3_600_000;

export interface EarlierMeasures {
  /** ISO 8601. */
  readonly at: string;
  readonly measures: Measures;
}

interface Asked {
  readonly database: string;
  readonly check: string;
  readonly now: Date;
}

/**
 * What a check measured at the newest verification of this database that is at least a day old; where there is none, at
 * the oldest there is. Null when nobody knows.
 */
export async function earlierMeasures(
  { records }: Pick<Vault, 'records'>,
  { database, check, now }: Asked,
): Promise<EarlierMeasures | null> {
  const isOwn = (id: string) => databaseOfVerification(id) === database;
  const dayAgo = timeStamp(new Date(now.getTime() - spanMs));
  const isOld = (id: string) => id.slice(0, dayAgo.length) <= dayAgo;
  const told = ({ at, measures }: Observation) => {
    const measured = measures?.[check];
    return measured === undefined ? [] : [{ at, measures: measured }];
  };
  const old = await records.list('observations', { limit: reach, wanted: (id) => isOwn(id) && isOld(id) });
  const newestOld = old.items.flatMap(told).at(0);
  if (newestOld !== undefined) return newestOld;
  // No limit: they are of one day.
  const young = await records.list('observations', { wanted: (id) => isOwn(id) && !isOld(id) });
  return young.items.flatMap(told).at(-1) ?? null;
}
