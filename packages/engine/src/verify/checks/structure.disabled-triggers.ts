import { type Check, fail, pass, some } from '../check.ts';
import { userSchema } from '../scope.ts';

export const structureDisabledTriggers: Check = {
  id: 'structure.disabled-triggers',
  title: 'Enabled triggers',
  group: 'structure',
  mode: 'quick',
  asks: 'Is a trigger, a rule or the enforcement of a foreign key disabled?',
  worst: 'fail',
  expected: 'none disabled',
  advice: 'ALTER TABLE … ENABLE TRIGGER …; rows that were written meanwhile were not checked.',
  async run(probe) {
    // ENABLE REPLICA is somebody's will for a trigger or rule of his own; a foreign key is then not enforced.
    const rows = await probe.query<{ name: string }>(`
      select distinct format('%s of %I.%I', case when t.tgisinternal then 'foreign key ' || coalesce(quote_ident(o.conname), '?')
                                                 else quote_ident(t.tgname) end, n.nspname, c.relname) as name
      from pg_trigger t join pg_class c on c.oid = t.tgrelid join pg_namespace n on n.oid = c.relnamespace
      left join pg_constraint o on o.oid = t.tgconstraint
      where (t.tgenabled = 'D' or (t.tgisinternal and t.tgenabled = 'R')) and ${userSchema}
      union all
      select format('rule %I of %I.%I', r.rulename, n.nspname, c.relname)
      from pg_rewrite r join pg_class c on c.oid = r.ev_class join pg_namespace n on n.oid = c.relnamespace
      where r.ev_enabled = 'D' and ${userSchema}
      union all
      select format('event trigger %I', evtname) from pg_event_trigger where evtenabled = 'D'
      order by 1`);
    return rows.length === 0
      ? pass('none disabled')
      : fail(`disabled: ${some(rows.map(({ name }) => name))}`);
  },
};
