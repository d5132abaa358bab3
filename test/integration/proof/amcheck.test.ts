import { afterEach, describe, expect, it } from 'vitest';
import { createRole, withParts } from '../../support/servers.ts';
import { backupPayload, configOf, contextOf, sql, worldOf } from '../restore/harness.ts';
import { closeScenes, notes, scene } from './scene.ts';

afterEach(closeScenes);

const elsewhere = 'create schema mine; create table mine.notes (id int primary key)';

describe('B-trees of a proof are checked page by page', () => {
  it.each([
    ['without a schema public', `${elsewhere}; drop schema public`],
    ['with amcheck in a schema of its own', `${elsewhere}; create extension amcheck schema mine`],
    [
      'with an event trigger that forbids extensions',
      `${notes}; create function forbid() returns event_trigger language plpgsql as
         'begin raise exception ''no''; end';
       create event trigger forbidding on ddl_command_start when tag in ('CREATE EXTENSION', 'CREATE SCHEMA')
         execute function forbid()`,
    ],
  ])('%s', async (_how, schema) => {
    const { prove } = await scene(schema);
    expect(await prove()).toMatchObject({ result: 'proven', notes: [] });
  });

  it('for a role with a search path of its own', async () => {
    await using role = await createRole(`SUPERUSER`);
    const { database } = await scene(elsewhere);
    await sql(database.url, `alter role ${role.name} set search_path = mine`);
    const url = withParts(database.url, { user: role.name, password: role.password });
    using world = worldOf([configOf('sage', url)]);
    const { manifest } = await world.engine.backup(backupPayload(), contextOf());
    const proof = await world.engine.prove({ backup: manifest.id, drill: false, by: 'tester' }, contextOf());
    expect(proof).toMatchObject({ result: 'proven', notes: [] });
  });

  it('not for a role that is no superuser, and the proof says so', async () => {
    await using role = await createRole(`CREATEDB`);
    const { database } = await scene(elsewhere);
    await sql(
      database.url,
      `alter database ${database.dbname} owner to ${role.name}; alter schema mine owner to ${role.name};
       alter table mine.notes owner to ${role.name}`,
    );
    const url = withParts(database.url, { user: role.name, password: role.password });
    using world = worldOf([configOf('sage', url)]);
    const { manifest } = await world.engine.backup(backupPayload(), contextOf());
    const proof = await world.engine.prove({ backup: manifest.id, drill: false, by: 'tester' }, contextOf());
    expect(proof).toMatchObject({ result: 'proven', notes: [expect.stringContaining('amcheck')] });
    await sql(database.url, `reassign owned by ${role.name} to postgres; drop owned by ${role.name}`);
  });
});
