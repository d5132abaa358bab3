import { askEach, verdict } from '../askEach.ts';
import { type Check, counted } from '../check.ts';
import { userSchema } from '../scope.ts';

interface Key {
  name: string;
  oid: string;
  /** With ONLY where rows of inheritance children are none of its own. */
  child: string;
  parent: string;
  columns: { child: string; parent: string; operator: string; collation: string }[];
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
    // Keys over periods are no equalities, and say themselves what they are.
    const keys = await probe.query<Key>(`
      select format('%I of %I.%I', o.conname, n.nspname, c.relname) as name, c.oid::text as oid,
             format('%s %I.%I', case c.relkind when 'r' then 'only' else '' end, n.nspname, c.relname) as child,
             format('%s %I.%I', case f.relkind when 'r' then 'only' else '' end, fn.nspname, f.relname) as parent,
             (select jsonb_agg(jsonb_build_object(
                       'child', quote_ident(ca.attname), 'parent', quote_ident(pa.attname),
                       'operator', format('operator(%I.%s)', opn.nspname, op.oprname),
                       'collation', case when l.oid is null then '' else format('collate %I.%I', ln.nspname, l.collname) end) order by k.position)
              from unnest(o.conkey, o.confkey, o.conpfeqop) with ordinality k (child, parent, operator, position)
              join pg_attribute ca on ca.attrelid = o.conrelid and ca.attnum = k.child
              join pg_attribute pa on pa.attrelid = o.confrelid and pa.attnum = k.parent
              join pg_operator op on op.oid = k.operator join pg_namespace opn on opn.oid = op.oprnamespace
              left join pg_collation l on l.oid = pa.attcollation left join pg_namespace ln on ln.oid = l.collnamespace
             ) as columns
      from pg_constraint o join pg_class c on c.oid = o.conrelid join pg_namespace n on n.oid = c.relnamespace
      join pg_class f on f.oid = o.confrelid join pg_namespace fn on fn.oid = f.relnamespace
      where o.contype = 'f' and o.conparentid = 0 and o.convalidated and ${userSchema}
        and not coalesce((to_jsonb(o) ->> 'conperiod')::boolean, false)
      order by n.nspname, c.relname, o.conname`);
    const asked = await askEach(probe, keys, async (key) => {
      const { orphans } = await probe.queryOne<{ orphans: string }>(orphanCount(key));
      return orphans === '0' ? [] : [`${key.name}: ${orphans} orphans`];
    });
    const passed = counted(asked.answers.length, 'foreign key', 'foreign keys');
    return verdict(asked, { faults: asked.answers.flat(), passed });
  },
};

/** Compares as the foreign key's own triggers do: with its operators, and the collation of what is referred to. */
function orphanCount({ child, parent, columns }: Key): string {
  const present = columns.map((one) => `c.${one.child} is not null`).join(' and ');
  const same = columns
    .map((one) => `p.${one.parent} ${one.operator} c.${one.child} ${one.collation}`)
    .join(' and ');
  return `select count(*)::text as orphans from ${child} c
          where ${present} and not exists (select from ${parent} p where ${same})`;
}
