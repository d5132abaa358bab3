import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { administer, createDatabase, type TestDatabase } from '../../support/servers.ts';
import { ask, noExpectations } from './harness.ts';
import { provenBackup } from './provenBackup.ts';

const more = `
  create view recent as select id, created_at from memories order by created_at desc limit 10;
  create function double(int) returns int language sql as 'select $1 * 2';
  create table "odd table" ("odd column" int primary key, other int check (other > 0));
  create trigger "odd trigger" before update on "odd table" for each row execute function update_updated_at_column();
  grant select on sessions to public;
`;

describe('against the newest proven backup', () => {
  let database: TestDatabase;
  let backup: Awaited<ReturnType<typeof provenBackup>>;

  beforeAll(async () => {
    database = await createDatabase({ template: 'sample' });
    await administer((client) => client.query(more), database.ownerUrl);
    backup = await provenBackup(database.url);
  });
  afterAll(async () => {
    await database.drop();
    backup[Symbol.dispose]();
  });

  const asked = () => ask(database.url, { expect: noExpectations, vault: backup.vault });

  it('passes while nothing has changed, new things and new rows included', async () => {
    await administer(
      (client) =>
        client.query(
          'create table fresh (id int); insert into fresh values (1); delete from sessions where false',
        ),
      database.ownerUrl,
    );
    const result = await asked();
    expect(result.alarms()).toEqual([]);
    expect(result.finding('structure.definitions').value).toMatch(/unchanged since sage_backup_/);
    expect(result.finding('structure.columns').value).toMatch(/16 columns \(backup sage_backup_/);
    expect(result.finding('performance.proof').status).toBe('pass');
  });

  it.each([
    [
      'a view redefined',
      'create or replace view recent as select id, created_at from memories order by created_at limit 10',
      'structure.definitions',
      'warn',
      /changed.*view public\.recent/,
    ],
    ['a view dropped', 'drop view recent', 'structure.definitions', 'fail', /gone.*view public\.recent/],
    [
      'a function changed',
      "create or replace function double(int) returns int language sql as 'select $1 * 3'",
      'structure.definitions',
      'warn',
      /function public\.double\(integer\)/,
    ],
    [
      'a grant removed',
      'revoke select on sessions from public',
      'rights.grants',
      'warn',
      /grants on public\.TABLE sessions gone/,
    ],
    ['a table dropped', 'drop table "odd table"', 'structure.tables', 'fail', /public\.odd table/],
    [
      'a column dropped',
      'alter table "odd table" drop column other',
      'structure.columns',
      'fail',
      /public\.odd table\.other is missing/,
    ],
    [
      'an index dropped',
      'drop index idx_sessions_last_active',
      'structure.indexes',
      'fail',
      /idx_sessions_last_active is missing/,
    ],
    [
      'a check dropped',
      'alter table "odd table" drop constraint "odd table_other_check"',
      'structure.definitions',
      'warn',
      /odd table/,
    ],
    [
      'a primary key dropped',
      'alter table "odd table" drop constraint "odd table_pkey"',
      'structure.constraints',
      'fail',
      /odd table_pkey of public\.odd table/,
    ],
    [
      'a trigger dropped',
      'drop trigger "odd trigger" on "odd table"',
      'structure.triggers',
      'fail',
      /odd trigger of public\.odd table/,
    ],
  ] as const)('names %s', async (_what, sql, check, status, names) => {
    await using undone = await undoable(database, sql);
    const result = await asked();
    expect(undone.done).toBe(true);
    expect(result.finding(check)).toMatchObject({ status, value: expect.stringMatching(names) });
  });
});

/** Changes the database, and puts it back by cloning it before. */
async function undoable(database: TestDatabase, sql: string): Promise<{ done: boolean } & AsyncDisposable> {
  const copy = `${database.dbname}_copy`;
  await administer((client) => client.query(`create database "${copy}" template "${database.dbname}"`));
  await administer((client) => client.query(sql), database.ownerUrl);
  return {
    done: true,
    async [Symbol.asyncDispose]() {
      await database.drop();
      await administer(async (client) => {
        await client.query(`alter database "${copy}" rename to "${database.dbname}"`);
        await client.query(`alter database "${database.dbname}" owner to ${database.owner}`);
      });
    },
  };
}
