import { isSagekeepError } from '@sagekeep/contracts';
import { type Check, fail, pass, skip, some } from '../check.ts';
import { notOfExtension, userSchema } from '../scope.ts';

/** SQLSTATEs of damage: data_corrupted, index_corrupted, and what damaged pages make of decoding. */
const damage = new Set(['XX001', 'XX002', 'XX000', '22021', '58P01', '58030']);

interface Table {
  name: string;
  bytes: string;
}

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
    const tables = await probe.query<Table>(`
      select format('%I.%I', n.nspname, c.relname) as name, pg_relation_size(c.oid)::text as bytes
      from pg_class c join pg_namespace n on n.oid = c.relnamespace
      where c.relkind in ('r', 'm') and c.relpersistence <> 't' and ${userSchema} and ${notOfExtension}
        and (c.relkind <> 'm' or c.relispopulated)
      order by pg_relation_size(c.oid)`);
    const counts: string[] = [];
    const damaged: string[] = [];
    for (const { name } of tables) {
      if (!probe.hasTime()) break;
      try {
        const rows = await probe.queryWith<{ rows: string }>(
          wholeTable,
          `select count(*)::text as rows from ${name}`,
        );
        counts.push(`${name} ${rows[0]?.rows ?? '?'}`);
      } catch (error) {
        if (!isSagekeepError(error) || !damage.has(String(error.facts['sqlState']))) throw error;
        damaged.push(`${name}: ${error.message}`);
      }
    }
    if (damaged.length > 0) return fail(some(damaged));
    const text = `rows: ${some(counts.toReversed(), 12)}`;
    if (counts.length < tables.length) {
      return skip(`${counts.length} of ${tables.length} tables read before the time was up; ${text}`);
    }
    return pass(tables.length === 0 ? 'no tables' : text);
  },
};

/** An index-only scan would count without reading the table. */
const wholeTable = { enable_indexonlyscan: 'off', enable_indexscan: 'off', enable_bitmapscan: 'off' };
