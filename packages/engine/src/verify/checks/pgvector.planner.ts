import { askEach, verdict } from '../askEach.ts';
import { type Check, skip } from '../check.ts';
import type { Probe } from '../probe.ts';
import { findVectorIndexes, type VectorIndex } from '../vectorIndexes.ts';

/** Below so many rows a scan is often cheaper, and the planner right. */
const smallTable = 10_000;

export const pgvectorPlanner: Check = {
  id: 'pgvector.planner',
  title: 'Searches use the index',
  group: 'pgvector',
  mode: 'full',
  asks: 'Does the planner take the vector index for a search of the ten nearest? (EXPLAIN only.)',
  worst: 'warn',
  expected: 'an index scan for tables above 10,000 rows',
  advice: 'ANALYZE the table; compare random_page_cost and the size of the index with shared_buffers.',
  async run(probe) {
    const indexes = (await findVectorIndexes(probe)).filter(({ valid, populated }) => valid && populated);
    const large = indexes.filter(({ estimatedRows }) => estimatedRows >= smallTable);
    if (large.length === 0)
      return skip(indexes.length === 0 ? 'no vector index' : 'only small tables have one');
    const asked = await askEach(probe, large, async (index) =>
      (await isUsed(probe, index, indexes)) ? [] : [`${index.name} is not used`],
    );
    const passed = `${asked.answers.length} of ${large.length} used`;
    return verdict(asked, { faults: asked.answers.flat(), status: 'warn', passed });
  },
};

/** An equal one, built beside it, will do as well. */
async function isUsed(probe: Probe, index: VectorIndex, all: readonly VectorIndex[]): Promise<boolean> {
  const { key, table, predicate } = index;
  const operator = index.operator.replace(/^(.*)\.([^.]+)$/, 'operator($1.$2)');
  const where = predicate === null ? '' : `where ${predicate}`;
  const rows = await probe.query<Record<'QUERY PLAN', unknown>>(
    `explain (format json) select 1 from ${table} ${where}
     order by ${key} ${operator} (select ${key} from ${table} where ${key} is not null limit 1) limit 10`,
  );
  const equal = all.filter(
    (one) => one.table === table && one.key === key && one.operator === index.operator,
  );
  const plan = JSON.stringify(rows[0]?.['QUERY PLAN'] ?? '');
  return equal.some(({ relname }) => plan.includes(`"Index Name":${JSON.stringify(relname)}`));
}
