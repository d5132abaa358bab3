import { type Check, fail, pass, some } from '../check.ts';
import { inBackup, userSchema } from '../scope.ts';

export const rightsRead: Check = {
  id: 'rights.read',
  title: 'May read everything',
  group: 'rights',
  mode: 'quick',
  asks: 'May the role read every schema, table, sequence and large object that a backup needs?',
  worst: 'fail',
  expected: 'all of them, and no row-level security in the way',
  advice:
    'GRANT pg_read_all_data TO the role (14 and newer), or make it the owner; BYPASSRLS for row-level security.',
  async run(probe) {
    const rows = await probe.query<{ name: string }>(`
      select format('schema %I', n.nspname) as name from pg_namespace n
      where ${userSchema} and not has_schema_privilege(n.oid, 'usage')
        and exists (select from pg_class c where c.relnamespace = n.oid and ${inBackup})
      union all
      select format('%I.%I', n.nspname, c.relname) from pg_class c join pg_namespace n on n.oid = c.relnamespace
      where c.relkind in ('r', 'p', 'm') and ${userSchema} and ${inBackup} and not has_table_privilege(c.oid, 'select')
      union all
      select format('sequence %I.%I', n.nspname, c.relname) from pg_class c join pg_namespace n on n.oid = c.relnamespace
      where case when c.relkind = 'S' and ${userSchema} and ${inBackup} then not has_sequence_privilege(c.oid, 'select') else false end
      union all
      select format('%I.%I (row-level security)', n.nspname, c.relname)
      from pg_class c join pg_namespace n on n.oid = c.relnamespace
      where c.relrowsecurity and ${userSchema} and ${inBackup} and row_security_active(c.oid)
      order by 1`);
    const { hidden } = await probe.queryOne<{ hidden: number }>(`
      select count(*)::int as hidden from pg_largeobject_metadata m
      where not (pg_has_role(m.lomowner, 'usage')
                 or (select rolsuper from pg_roles where rolname = current_user)
                 or exists (select from aclexplode(m.lomacl) a where a.privilege_type = 'SELECT'
                            and (a.grantee = 0 or pg_has_role(a.grantee, 'usage'))))`);
    const faults = [...rows.map(({ name }) => name), ...(hidden > 0 ? [`${hidden} large objects`] : [])];
    return faults.length === 0 ? pass(`${probe.role} may read all`) : fail(`not readable: ${some(faults)}`);
  },
};
