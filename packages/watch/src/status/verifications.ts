import type { Observation } from '@sagekeep/contracts';
import { databaseOfVerification, mapBounded, type Records } from '@sagekeep/storage';
import { coverageIn } from './coverage.ts';

/** How far back the start of a run of bad results is looked for: ten days of hourly looks. */
const reach = 240;
/** A verification that could not ask has measured no coverage: so many are looked through for one that did. */
const coverageReach = 16;
const databasesAtOnce = 8;

interface Read {
  readonly items: readonly Observation[];
  readonly damaged: readonly string[];
}

/**
 * Of each database the verifications that its status is made from: the newest, the newest with a coverage, and the two
 * between which the present run of bad results began. Each database is looked at as far back, however many there are, and
 * no more than these are held. While all is well, few records of each are read.
 */
export async function decisiveVerifications(records: Records, databases: readonly string[]): Promise<Read> {
  const ids = Map.groupBy(await records.ids('observations'), databaseOfVerification);
  const read = await mapBounded(databases, databasesAtOnce, (name) =>
    decisiveOf(records, (ids.get(name) ?? []).slice(0, reach)),
  );
  return { items: read.flatMap(({ items }) => items), damaged: read.flatMap(({ damaged }) => damaged) };
}

/** The ids are one database's, newest first. */
async function decisiveOf(records: Records, ids: readonly string[]): Promise<Read> {
  const damaged: string[] = [];
  let [newest, covered, firstBad, passed]: (Observation | undefined)[] = [];
  for (const [index, id] of ids.entries()) {
    if (passed !== undefined && (covered !== undefined || index >= coverageReach)) break;
    const one = await records.get('observations', id);
    if (one === null) {
      damaged.push(id);
      continue;
    }
    newest ??= one;
    if (coverageIn(one) !== undefined) covered ??= one;
    if (one.status === 'pass') passed ??= one;
    else if (passed === undefined) firstBad = one;
  }
  const decisive = new Set([newest, covered, firstBad, passed]);
  return { items: [...decisive].filter((one) => one !== undefined), damaged };
}
