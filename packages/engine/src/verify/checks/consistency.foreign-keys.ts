import { type Check, counted, fail, pass, skip, some } from '../check.ts';
import { userSchema } from '../scope.ts';

interface Key {
  name: string;
  child: string;
  parent: string;
  childColumns: string[];
  parentColumns: string[];
}

export const consistencyForeignKeys: Check = {
  id: 'consistency.foreign-keys',
  title: 'Foreign keys hold',
  group: 'consistency',
  mode: 'full',
  asks: 'Does every row find the row that its declared foreign key names? (Disabled triggers let others in.)',
  worst: 'fail',
  expected: 'no orphan',
  advice: 'Restore the missing rows or remove the orphans; then ALTER TABLE … VALIDATE CONSTRAINT …',
  async run(probe) {
    const keys = await probe.query<Key>(`
      select o.conname as name, format('%I.%I', n.nspname, c.relname) as child, format('%I.%I', fn.nspname, f.relname) as parent,
             array(select quote_ident(a.attname) from unnest(o.conkey) with ordinality k (attnum, position)
                   join pg_attribute a on a.attrelid = o.conrelid and a.attnum = k.attnum order by position) as "childColumns",
             array(select quote_ident(a.attname) from unnest(o.confkey) with ordinality k (attnum, position)
                   join pg_attribute a on a.attrelid = o.confrelid and a.attnum = k.attnum order by position) as "parentColumns"
      from pg_constraint o join pg_class c on c.oid = o.conrelid join pg_namespace n on n.oid = c.relnamespace
      join pg_class f on f.oid = o.confrelid join pg_namespace fn on fn.oid = f.relnamespace
      where o.contype = 'f' and o.conparentid = 0 and o.convalidated and ${userSchema} order by 2, 1`);
    const broken: string[] = [];
    for (const [index, key] of keys.entries()) {
      if (!probe.hasTime())
        return skip(`${index} of ${keys.length} foreign keys read before the time was up`);
      const { orphans } = await probe.queryOne<{ orphans: string }>(orphanCount(key));
      if (orphans !== '0') broken.push(`${key.name} of ${key.child}: ${orphans} orphans`);
    }
    return broken.length > 0 ? fail(some(broken)) : pass(counted(keys.length, 'foreign key', 'foreign keys'));
  },
};

function orphanCount({ child, parent, childColumns, parentColumns }: Key): string {
  const present = childColumns.map((column) => `c.${column} is not null`).join(' and ');
  const same = childColumns
    .map((column, index) => `p.${parentColumns[index] ?? ''} = c.${column}`)
    .join(' and ');
  return `select count(*)::text as orphans from ${child} c
          where ${present} and not exists (select from ${parent} p where ${same})`;
}
