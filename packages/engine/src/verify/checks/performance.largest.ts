import { type Check, pass } from '../check.ts';
import { grown } from '../growth.ts';
import { userSchema } from '../scope.ts';

interface Row {
  name: string;
  size: string;
  bytes: string;
}

export const performanceLargest: Check = {
  id: 'performance.largest',
  title: 'Largest tables and indexes',
  group: 'performance',
  mode: 'quick',
  asks: 'Which tables and indexes take the most room, and how much have they grown since the newest verification that is at least a day old?',
  worst: 'warn',
  expected: 'for information',
  advice: '',
  async run(probe) {
    const rows = await probe.query<Row>(`
      select name, pg_size_pretty(bytes) as size, bytes::text as bytes
      from (select format('%I.%I', n.nspname, c.relname) as name,
                   case when c.relkind = 'i' then pg_relation_size(c.oid) else pg_table_size(c.oid) end as bytes
            from pg_class c join pg_namespace n on n.oid = c.relnamespace
            where c.relkind in ('r', 'm', 'i') and ${userSchema}) s
      where bytes is not null order by s.bytes desc, name limit 20`);
    if (rows.length === 0) return pass('no tables');
    const earlier = await probe.earlierMeasures('performance.largest');
    const texts = rows
      .slice(0, 8)
      .map(({ name, size, bytes }) => `${name} ${size}${grown(Number(bytes), earlier?.measures[name])}`);
    const since =
      earlier === null ? '' : ` (growth in the ${hours(earlier.at, probe.now)} h since ${earlier.at})`;
    const measures = Object.fromEntries(rows.map(({ name, bytes }) => [name, Number(bytes)]));
    return { ...pass(`${texts.join('; ')}${since}`), measures };
  },
};

function hours(since: string, now: Date): string {
  return ((now.getTime() - Date.parse(since)) / 3_600_000).toFixed(1);
}
