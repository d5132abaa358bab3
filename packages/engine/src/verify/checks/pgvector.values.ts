import { askEach, verdict } from '../askEach.ts';
import { type Check, skip } from '../check.ts';
import type { VectorColumn } from '../vectorColumns.ts';
import { vectorSchema } from '../vectorSchema.ts';

interface Row {
  rows: string;
  zero: string;
  nan: string;
}

export const pgvectorValues: Check = {
  id: 'pgvector.values',
  title: 'Usable vectors',
  group: 'pgvector',
  mode: 'full',
  asks: 'Are there vectors of length zero, or with a NaN or infinite component? They are found by no search.',
  worst: 'fail',
  expected: 'none',
  advice: 'Compute these vectors anew; the finding tells how many there are in which column.',
  async run(probe) {
    const schema = await vectorSchema(probe);
    const columns = (await probe.vectorColumns()).filter(({ populated }) => populated);
    if (schema === null || columns.length === 0) return skip('no vector column');
    const asked = await askEach(probe, columns, async (column) => {
      const row = await probe.queryOne<Row>(statement(schema, column));
      return { name: column.name, ...row };
    });
    const faults = asked.answers.flatMap(({ name, zero, nan }) => [
      ...(zero === '0' ? [] : [`${name}: ${zero} of length zero`]),
      ...(nan === '0' ? [] : [`${name}: ${nan} with NaN or infinity`]),
    ]);
    const rows = asked.answers.reduce((sum, one) => sum + BigInt(one.rows), 0n);
    return verdict(asked, { faults, passed: `${rows} vectors read` });
  },
};

/** `vector_norm` is the one function that all versions have for vector; the other types came with `l2_norm`. */
function statement(schema: string, { table, column, type }: VectorColumn): string {
  const norm = `${schema}.${type === 'vector' ? 'vector_norm' : 'l2_norm'}(${column})`;
  return `
    select count(*)::text as rows, count(*) filter (where norm = 0)::text as zero,
           count(*) filter (where norm = 'NaN' or norm = 'Infinity')::text as nan
    from (select ${norm} as norm from ${table} where ${column} is not null) v`;
}
