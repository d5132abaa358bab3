import { askEach, verdict } from '../askEach.ts';
import { type Check, skip, some } from '../check.ts';
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
    const columns = (await probe.vectorColumns()).filter(
      ({ type, populated }) => type !== 'sparsevec' && populated,
    );
    if (schema === null || columns.length === 0) return skip('no vector column');
    const asked = await askEach(probe, columns, async ({ name, table, column }) => {
      const groups = await probe.query<Group>(`
        select ${schema}.vector_dims(${column}) as dimension, count(*)::text as rows
        from ${table} where ${column} is not null group by 1 order by count(*) desc limit 10`);
      const counts = groups.map(({ dimension, rows }) => `${dimension} (${rows} rows)`);
      return { mixed: groups.length > 1, text: `${name}: ${counts.join(', ') || 'empty'}` };
    });
    const texts = (mixed: boolean) =>
      asked.answers.filter((one) => one.mixed === mixed).map(({ text }) => text);
    return verdict(asked, { faults: texts(true), status: 'warn', passed: some(texts(false)) });
  },
};
