import { type Check, pass, some, warn } from '../check.ts';

export const rightsRestore: Check = {
  id: 'rights.restore',
  title: 'May restore',
  group: 'rights',
  mode: 'quick',
  asks: 'May the role create a database aside, and rename this one when a restore puts the new one in its place?',
  worst: 'warn',
  expected: 'superuser, or CREATEDB and membership in the owning role',
  advice: 'ALTER ROLE … CREATEDB; GRANT the owning role to it: without that a restore cannot swap.',
  async run(probe) {
    const row = await probe.queryOne<{ super: boolean; createdb: boolean; member: boolean; owner: string }>(`
      select r.rolsuper as super, r.rolcreatedb as createdb, pg_has_role(current_user, d.datdba, 'usage') as member,
             pg_get_userbyid(d.datdba) as owner
      from pg_roles r, pg_database d where r.rolname = current_user and d.datname = current_database()`);
    if (row.super) return pass(`${probe.role} is a superuser`);
    const missing = [
      ...(row.createdb ? [] : ['CREATEDB']),
      ...(row.member ? [] : [`membership in ${row.owner}`]),
    ];
    return missing.length === 0
      ? pass(`${probe.role} may swap databases`)
      : warn(`${probe.role} lacks ${some(missing)}`);
  },
};
