import { type Check, pass } from '../check.ts';
import { userSchema } from '../scope.ts';

interface Row {
  name: string;
  table: string;
  indexes: string;
}

export const performanceLargest: Check = {
  id: 'performance.largest',
  title: 'Largest tables and indexes',
  group: 'performance',
  mode: 'quick',
  asks: 'Which tables take the most room, themselves and by their indexes?',
  worst: 'warn',
  expected: 'for information',
  advice: '',
  async run(probe) {
    const rows = await probe.query<Row>(`
      select format('%I.%I', n.nspname, c.relname) as name, pg_size_pretty(pg_table_size(c.oid)) as table, pg_size_pretty(pg_indexes_size(c.oid)) as indexes
      from pg_class c join pg_namespace n on n.oid = c.relnamespace
      where c.relkind in ('r', 'm') and ${userSchema} order by pg_total_relation_size(c.oid) desc limit 8`);
    if (rows.length === 0) return pass('no tables');
    return pass(
      rows.map(({ name, table, indexes }) => `${name} ${table} + ${indexes} of indexes`).join('; '),
    );
  },
};
