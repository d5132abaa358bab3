import { type Check, fail, pass, skip } from '../check.ts';
import { vectorSchema } from '../vectorSchema.ts';

export const pgvectorAccessMethods: Check = {
  id: 'pgvector.access-methods',
  title: 'Vector index methods',
  group: 'pgvector',
  mode: 'quick',
  asks: 'Are the index methods of pgvector and their operator classes there?',
  worst: 'fail',
  expected: 'hnsw and ivfflat with operator classes for vector',
  advice: 'The extension is damaged: restore, or install it anew.',
  async run(probe) {
    if ((await vectorSchema(probe)) === null) return skip('pgvector is not installed');
    const rows = await probe.query<{ method: string; classes: number }>(`
      select m.amname as method, count(o.oid)::int as classes
      from pg_am m left join pg_opclass o on o.opcmethod = m.oid and o.opcname like 'vector%'
      where m.amname in ('hnsw', 'ivfflat') group by m.amname order by 1`);
    const text = rows.map(({ method, classes }) => `${method} with ${classes} classes`).join(', ');
    const whole = rows.some(({ method }) => method === 'ivfflat') && rows.every(({ classes }) => classes > 0);
    return whole ? pass(text) : fail(text === '' ? 'none' : text);
  },
};
