import { type Check, pass, skip, some, warn } from '../check.ts';
import { vectorSchema } from '../vectorSchema.ts';

interface Group {
  dimension: number;
  rows: string;
}

export const pgvectorStoredDimensions: Check = {
  id: 'pgvector.stored-dimensions',
  title: 'Stored dimensions',
  group: 'pgvector',
  mode: 'full',
  asks: 'Do all stored vectors of a column have one dimension, also where the column takes any?',
  worst: 'warn',
  expected: 'one dimension per column',
  advice: 'Find the rows of the rarer dimension: vectors of different models cannot be compared.',
  async run(probe) {
    const schema = await vectorSchema(probe);
    const columns = (await probe.vectorColumns()).filter(({ type }) => type !== 'sparsevec');
    if (schema === null || columns.length === 0) return skip('no vector column');
    const mixed: string[] = [];
    const seen: string[] = [];
    for (const { name, table, column } of columns) {
      if (!probe.hasTime())
        return skip(`${seen.length} of ${columns.length} columns read before the time was up`);
      const groups = await probe.query<Group>(`
        select ${schema}.vector_dims(${column}) as dimension, count(*)::text as rows
        from ${table} where ${column} is not null group by 1 order by count(*) desc limit 10`);
      const text = `${name}: ${groups.map(({ dimension, rows }) => `${dimension} (${rows} rows)`).join(', ') || 'empty'}`;
      (groups.length > 1 ? mixed : seen).push(text);
    }
    return mixed.length > 0 ? warn(some(mixed)) : pass(some(seen));
  },
};
