import type { Probe, Statement } from './probe.ts';
import type { VectorIndex } from './vectorIndexes.ts';

/** How many rows are searched for at most and at least, and how many neighbours of each. */
const wanted = { samples: 20, fewest: 5, neighbours: 10 };

/** Each search for the exact answer reads the whole table: so many rows are read for one index, about. */
const rowsToRead = 4_000_000;

/** How many rows of a table of this size are searched for. */
export function sampleSize(estimatedRows: number): number {
  const affordable = Math.floor(rowsToRead / Math.max(1, estimatedRows));
  return Math.max(wanted.fewest, Math.min(wanted.samples, affordable));
}

export interface Recall {
  /** Between 0 and 1. */
  readonly recall: number;
  readonly samples: number;
}

/** The searches of an index are answered by another one, or by none (null): nothing can be said of it. */
export interface Unasked {
  readonly instead: string | null;
}

/**
 * Compares an index with the exact answer: for each sampled row, how many of its ten nearest by distance the index
 * finds. Rows at equal distance count alike. Null when the table has no row to search for.
 */
export async function measureRecall(probe: Probe, index: VectorIndex): Promise<Recall | Unasked | null> {
  const vectors = await sample(probe, index);
  const [first] = vectors;
  if (first === undefined) return null;
  const instead = await answering(probe, index, first);
  if (instead !== index.relname) return { instead };
  let found = 0;
  let possible = 0;
  let samples = 0;
  for (const vector of vectors) {
    if (samples > 0 && !probe.hasTime()) break;
    const [exact, approximate] = await nearest(probe, index, vector);
    const farthest = exact.at(-1);
    if (farthest === undefined) continue;
    const border = farthest + Math.abs(farthest) * 1e-6 + 1e-9;
    found += Math.min(exact.length, approximate.filter((distance) => distance <= border).length);
    possible += exact.length;
    samples += 1;
  }
  return possible === 0 ? null : { recall: found / possible, samples };
}

/**
 * Rows from all over the table, the newest among them: an IVFFlat index that was built before them misses just those.
 * Where hardly one has a vector, just the first that do.
 */
async function sample(
  probe: Probe,
  { table, key, predicate, estimatedRows }: VectorIndex,
): Promise<string[]> {
  const samples = sampleSize(estimatedRows);
  const percent = Math.min(100, (samples * 3 * 100) / Math.max(1, estimatedRows));
  const condition = predicate === null ? '' : ` and (${predicate})`;
  const rows = await probe.query<{ vector: string }>(`
    select key::text as vector from (
      select (${key}) as key from ${table} tablesample bernoulli (${percent})
      where (${key}) is not null${condition} order by random() limit ${samples}) as sampled`);
  // A few tell nothing of the index, only of themselves.
  if (rows.length >= wanted.fewest) return rows.map(({ vector }) => vector);
  const first = await probe.query<{ vector: string }>(`
    select (${key})::text as vector from ${table} where (${key}) is not null${condition} limit ${samples}`);
  return first.map(({ vector }) => vector);
}

/** The index that a search of this one's kind is answered by, as the catalogues name it; null for none. */
async function answering(probe: Probe, index: VectorIndex, vector: string): Promise<string | null> {
  const search = searchOf(index, { vector, exact: false });
  const rows = await probe.queryWith<Record<'QUERY PLAN', unknown>>({
    ...search,
    text: `explain (format json) ${search.text}`,
  });
  return indexIn(rows[0]?.['QUERY PLAN']);
}

function indexIn(plan: unknown): string | null {
  if (typeof plan !== 'object' || plan === null) return null;
  const name = 'Index Name' in plan ? plan['Index Name'] : null;
  if (typeof name === 'string') return name;
  for (const part of Object.values(plan)) {
    const found = indexIn(part);
    if (found !== null) return found;
  }
  return null;
}

/** Distances of the exact answer and of the index's, of one moment: rows that others write in between are no fault of the index. */
async function nearest(
  probe: Probe,
  index: VectorIndex,
  vector: string,
): Promise<readonly [exact: number[], approximate: number[]]> {
  const searches = [true, false].map((exact) => searchOf(index, { vector, exact }));
  const answers = await probe.queryTogether<{ distance: number }>(searches);
  const [exact = [], approximate = []] = answers.map((rows) => rows.map(({ distance }) => distance));
  return [exact, approximate];
}

function searchOf(index: VectorIndex, { vector, exact }: { vector: string; exact: boolean }): Statement {
  const { table, key, predicate, type } = index;
  const operator = index.operator.replace(/^(.*)\.([^.]+)$/, 'operator($1.$2)');
  const distance = `(${key}) ${operator} $1::${type}`;
  const condition = predicate === null ? '' : ` and (${predicate})`;
  const settings: Record<string, string> = exact
    ? { enable_indexscan: 'off', enable_indexonlyscan: 'off', enable_bitmapscan: 'off' }
    : { enable_seqscan: 'off', enable_sort: 'off', enable_bitmapscan: 'off' };
  const text = `select ${distance} as distance from ${table} where (${key}) is not null${condition}
     order by ${distance} limit ${wanted.neighbours}`;
  return { settings, text, values: [vector] };
}
