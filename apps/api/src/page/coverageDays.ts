import type { Observation } from '@sagekeep/contracts';
import { databaseOfVerification, mapBounded, type Records } from '@sagekeep/storage';
import { coverageIn } from '@sagekeep/watch';

/** What the last verification of a day that measured it says of a database's coverage, percent by column. */
export interface CoverageDay {
  readonly database: string;
  readonly at: string;
  readonly percent: NonNullable<ReturnType<typeof coverageIn>>;
}

/** The days of these databases that have a coverage, in no order. */
export type CoverageDays = (databases: readonly string[]) => Promise<CoverageDay[]>;

const days = 90;
/** Of a day without any figure no more than an hourly look's are read. */
const perDay = 24;
const readsAtOnce = 16;
const dayLength = 'YYYYMMDD'.length;

/**
 * Looks 90 days back in each database, however many there are, and reads one record for a day. What a day said is
 * remembered until a newer verification of that day is there: a page that is open reads little.
 */
export function createCoverageDays(records: Pick<Records, 'get' | 'ids'>): CoverageDays {
  let remembered: ReadonlyMap<string, CoverageDay | null> = new Map();
  return async (databases) => {
    const ids = Map.groupBy(await records.ids('observations'), databaseOfVerification);
    const found = databases.flatMap((database) => daysOf(ids.get(database) ?? []));
    const read = await mapBounded(found, readsAtOnce, async ([newest = '', ...earlier]) => {
      const known = remembered.get(newest);
      return [newest, known === undefined ? await lastOf(records, [newest, ...earlier]) : known] as const;
    });
    remembered = new Map(read);
    return read.flatMap(([, day]) => day ?? []);
  };
}

/** The ids of each of the last days, newest first: they begin with their day. */
function daysOf(ids: readonly string[]): string[][] {
  return [...Map.groupBy(ids, (id) => id.slice(0, dayLength)).values()].slice(0, days);
}

async function lastOf(records: Pick<Records, 'get'>, ids: readonly string[]): Promise<CoverageDay | null> {
  for (const id of ids.slice(0, perDay)) {
    const day = dayIn(await records.get('observations', id));
    if (day !== null) return day;
  }
  return null;
}

function dayIn(one: Observation | null): CoverageDay | null {
  const percent = one === null ? undefined : coverageIn(one);
  if (one === null || one.database === null || percent === undefined) return null;
  return { database: one.database, at: one.at, percent };
}
