import { type Check, fail, pass, warn } from '../check.ts';

const soonMs = 14 * 24 * 3_600_000;

export const rightsRole: Check = {
  id: 'rights.role',
  title: 'Role is valid',
  group: 'rights',
  mode: 'quick',
  asks: 'Which rights does the role have on the database, and does its password expire soon?',
  worst: 'fail',
  expected: 'may connect; password valid for more than 14 days',
  advice: "ALTER ROLE … VALID UNTIL 'infinity', or set a new password in time.",
  async run(probe) {
    const row = await probe.queryOne<{
      connect: boolean;
      create: boolean;
      temp: boolean;
      until: string | null;
    }>(`
      select has_database_privilege(current_database(), 'connect') as connect,
             has_database_privilege(current_database(), 'create') as create,
             has_database_privilege(current_database(), 'temp') as temp,
             case when rolvaliduntil = 'infinity' then null
                  else to_char(rolvaliduntil at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') end as until
      from pg_roles where rolname = current_user`);
    const rights = ['connect', 'create', 'temp'].filter((name) => row[name as 'connect' | 'create' | 'temp']);
    const text = `${probe.role}: ${rights.join(', ')}`;
    if (row.until === null) return pass(text);
    const left = Date.parse(row.until) - probe.now.getTime();
    const expiry = `${text}; its password expires ${row.until}`;
    if (left <= 0) return fail(expiry);
    return left < soonMs ? warn(expiry) : pass(expiry);
  },
};
