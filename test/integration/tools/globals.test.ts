import { describe, expect, it } from 'vitest';
import { readGlobals } from '../../../packages/engine/src/backup/roles.ts';
import { connect, parseDatabaseUrl } from '../../../packages/engine/src/server/index.ts';
import { administer, startPrivatePostgres, withParts } from '../../support/servers.ts';
import { common, restoreSql } from '../backup/reading.ts';

const roles = `
  create role "own er" createdb connection limit 3;
  create role "Group";
  create role above nologin;
  create role login login password 'c4nary' valid until '2030-01-01';
  create role stranger;
  grant above to "Group"; grant "Group" to login with admin option; grant pg_monitor to login;
  alter role login set statement_timeout to '5s';
  create table t (a int); alter table t owner to "own er"; grant select on t to login`;

const describeRoles = `
  select r.rolname, r.rolcreatedb, r.rolconnlimit, r.rolcanlogin, r.rolvaliduntil, r.rolconfig, a.rolpassword,
         (select array_agg(g.rolname || m.admin_option order by g.rolname)
            from pg_auth_members m join pg_roles g on g.oid = m.roleid where m.member = r.oid) as member_of
    from pg_roles r join pg_authid a using (oid) where r.rolname in ('own er', 'Group', 'above', 'login', 'stranger') order by 1`;

async function answer(url: string): Promise<unknown[]> {
  let rows: unknown[] = [];
  await administer(async (client) => {
    rows = (await client.query(describeRoles)).rows;
  }, url);
  return rows;
}

describe('the globals of a database', () => {
  it('make the roles it refers to, and what they are members of, on another server', async () => {
    await using source = await startPrivatePostgres({ durable: false });
    await using target = await startPrivatePostgres({ durable: false });
    await administer((client) => client.query(roles), source.url);
    await using session = await connect(parseDatabaseUrl(source.url), common);
    const globals = await readGlobals(session, ['postgres', 'own er']);

    expect(globals.roles).toEqual(['login', 'own er', 'postgres']);
    expect(globals.sql).not.toContain('c4nary');
    expect(globals.note).toMatch(/stored passwords.* of 2 roles/);
    const withoutOurs = globals.sql.replace(/^CREATE ROLE "postgres";$/m, '');
    await restoreSql(target.url, withoutOurs);
    const wanted = (await answer(source.url)).filter(
      (row) => (row as { rolname: string }).rolname !== 'stranger',
    );
    expect(await answer(target.url)).toEqual(wanted);
    expect(JSON.stringify(wanted)).toContain('SCRAM-SHA-256$');
  });

  it('leave passwords out, and say so, for a user who may not read them', async () => {
    await using source = await startPrivatePostgres({ durable: false });
    await administer((client) => client.query(roles), source.url);
    await administer(
      (client) => client.query(`create role reader login password 'r' in role pg_monitor`),
      source.url,
    );
    await using session = await connect(
      parseDatabaseUrl(withParts(source.url, { user: 'reader', password: 'r' })),
      common,
    );
    const globals = await readGlobals(session, ['login']);
    expect(globals.sql).toContain('CREATE ROLE "login"');
    expect(globals.sql).toContain('Passwords are left out: set them with \\password or');
    expect(globals.sql).not.toContain('SCRAM');
    expect(globals.note).toContain('holds no passwords: reader may not read pg_authid');
  });

  it('have the names that roles had at the moment of the snapshot', async () => {
    await using source = await startPrivatePostgres({ durable: false });
    await administer((client) => client.query(roles), source.url);
    await using session = await connect(parseDatabaseUrl(source.url), common);
    await session.query('begin isolation level repeatable read read only');
    const before = await readGlobals(session, ['login']);
    const rename = `alter role login rename to renamed; alter role "Group" rename to others; alter role above rename to below`;
    await administer((client) => client.query(rename), source.url);
    expect(await readGlobals(session, ['login'])).toEqual(before);
    expect(before.sql).toMatch(/GRANT "above" TO "Group"/);
  });
});
