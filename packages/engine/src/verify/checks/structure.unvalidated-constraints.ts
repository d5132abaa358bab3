import { type Check, pass, some, warn } from '../check.ts';
import { userSchema } from '../scope.ts';

export const structureUnvalidatedConstraints: Check = {
  id: 'structure.unvalidated-constraints',
  title: 'Validated constraints',
  group: 'structure',
  mode: 'quick',
  asks: 'Is a constraint marked NOT VALID, so that old rows may break it?',
  worst: 'warn',
  expected: 'none',
  advice: 'ALTER TABLE … VALIDATE CONSTRAINT …: it names the first row that breaks it.',
  async run(probe) {
    const rows = await probe.query<{ name: string }>(`
      select format('%I of %s', o.conname, case when o.conrelid = 0 then format_type(o.contypid, null)
                                                else format('%I.%I', n.nspname, c.relname) end) as name
      from pg_constraint o join pg_namespace n on n.oid = o.connamespace left join pg_class c on c.oid = o.conrelid
      where not o.convalidated and ${userSchema} order by 1`);
    return rows.length === 0
      ? pass('all validated')
      : warn(`not validated: ${some(rows.map(({ name }) => name))}`);
  },
};
