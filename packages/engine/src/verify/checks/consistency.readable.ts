import { askEach, verdict } from '../askEach.ts';
import { type Check, some } from '../check.ts';
import { notOfExtension, userSchema } from '../scope.ts';

export const consistencyReadable: Check = {
  id: 'consistency.readable',
  title: 'Every table can be read',
  group: 'consistency',
  mode: 'full',
  asks: 'Can every table be read from its first page to its last, and how many rows does it hold?',
  worst: 'fail',
  expected: 'no page that cannot be read',
  advice:
    'Stop writing, make a copy of the data folder, restore the newest proven backup beside it and compare.',
  async run(probe) {
    const tables = await probe.query<{ oid: string; name: string }>(`
      select c.oid::text as oid, format('%I.%I', n.nspname, c.relname) as name
      from pg_class c join pg_namespace n on n.oid = c.relnamespace
      where c.relkind in ('r', 'm') and c.relpersistence <> 't' and ${userSchema} and ${notOfExtension}
        and (c.relkind <> 'm' or c.relispopulated)
      order by c.relpages`);
    const asked = await askEach(probe, tables, async ({ name }) => {
      const [row] = await probe.queryWith<{ rows: string }>({
        settings: wholeTable,
        text: `select count(*)::text as rows from ${name}`,
      });
      return `${name} ${row?.rows ?? '?'}`;
    });
    const counts = asked.answers.toReversed();
    return verdict(asked, {
      faults: [],
      passed: counts.length === 0 ? 'no tables' : `rows: ${some(counts, 12)}`,
    });
  },
};

/** An index-only scan would count without reading the table. */
const wholeTable = { enable_indexonlyscan: 'off', enable_indexscan: 'off', enable_bitmapscan: 'off' };
