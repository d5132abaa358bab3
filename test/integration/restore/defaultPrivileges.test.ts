import { expect, it } from 'vitest';
import { createDatabase, createRole } from '../../support/servers.ts';
import { backupPayload, configOf, contextOf, dropSiblings, restorePayload, sql, worldOf } from './harness.ts';

it('default privileges that were changed after the backup are as they were, after a restore in place', async () => {
  await using role = await createRole();
  await using database = await createDatabase();
  const { url } = database;
  await sql(
    url,
    `create table t (i int); create function f() returns int language sql as 'select 1';
     alter default privileges grant select on tables to ${role.name};
     alter default privileges revoke execute on functions from public`,
  );
  using world = worldOf([configOf('sage', url)]);
  const { manifest } = await world.engine.backup(backupPayload(), contextOf());
  await sql(
    url,
    `alter default privileges revoke select on tables from ${role.name};
     alter default privileges revoke all on tables from postgres;
     alter default privileges grant execute on functions to public;
     alter default privileges grant usage on sequences to ${role.name} with grant option;
     alter default privileges revoke usage on types from public;
     alter default privileges for role ${role.name} grant all on schemas to public;
     alter default privileges in schema public grant insert on tables to ${role.name}`,
  );
  const { record } = await world.engine.restore(
    restorePayload({ backup: manifest.id, inPlace: true }),
    contextOf(),
  );
  expect(record).toMatchObject({ state: 'swapped', differences: [], proof: { result: 'proven' } });
  const left = await sql<{ kind: string }>(
    url,
    'select defaclobjtype::text as kind from pg_default_acl order by 1',
  );
  expect(left.map(({ kind }) => kind)).toEqual(['f', 'r']);
  await sql(url, `drop owned by ${role.name}`);
  await dropSiblings(database.dbname);
});
