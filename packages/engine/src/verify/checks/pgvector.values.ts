import { type Check, fail, pass, skip, some } from '../check.ts';
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
    const columns = await probe.vectorColumns();
    if (schema === null || columns.length === 0) return skip('no vector column');
    const bad: string[] = [];
    let rows = 0n;
    for (const [index, column] of columns.entries()) {
      if (!probe.hasTime()) return skip(`${index} of ${columns.length} columns read before the time was up`);
      const found = await probe.queryOne<Row>(statement(schema, column));
      rows += BigInt(found.rows);
      if (found.zero !== '0') bad.push(`${column.name}: ${found.zero} of length zero`);
      if (found.nan !== '0') bad.push(`${column.name}: ${found.nan} with NaN or infinity`);
    }
    return bad.length > 0 ? fail(some(bad)) : pass(`${rows} vectors read`);
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
