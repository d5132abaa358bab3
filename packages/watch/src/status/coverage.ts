import type { DatabaseStatus, Observation } from '@sagekeep/contracts';

/** The share of rows with an embedding, percent by column, as the newest verification that counted it has it. */
export function coverageOf(observations: readonly Observation[]): DatabaseStatus['coverage'] {
  const known = observations.filter((one) => coverageIn(one) !== undefined);
  const [last] = known.toSorted((a, b) => (a.at < b.at ? 1 : -1));
  if (last === undefined) return [];
  return Object.entries(coverageIn(last) ?? {}).map(([column, percent]) => ({
    column,
    percent,
    at: last.at,
  }));
}

/** What a verification has measured of it, percent by column. */
export function coverageIn({ measures }: Observation): Readonly<Record<string, number>> | undefined {
  return measures?.['pgvector.coverage'];
}
