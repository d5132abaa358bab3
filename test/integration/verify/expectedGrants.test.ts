import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type TemporaryFolder, temporaryFolder } from '../../support/folders.ts';
import { administer, createDatabase, createRole, type TestDatabase } from '../../support/servers.ts';
import { ask, noExpectations } from './harness.ts';

describe('grants of the schema file', () => {
  let database: TestDatabase;
  let app: Awaited<ReturnType<typeof createRole>>;
  let folder: TemporaryFolder;
  let grants: string;

  beforeAll(async () => {
    database = await createDatabase({ template: 'sample' });
    app = await createRole();
    folder = temporaryFolder();
    grants = `
      grant select, insert on memories, sessions to ${app.name};
      grant usage on sequence numbers to ${app.name};
      grant usage on schema extra to public;
      grant create on database "${database.dbname}" to ${app.name};
      grant all on extra.recent to ${app.name};`;
    await administer(
      (client) =>
        client.query(
          `create sequence numbers; create schema extra; create view extra.recent as select 1; ${grants}`,
        ),
      database.url,
    );
  });
  afterAll(async () => {
    await database.drop();
    await app.drop();
    folder.remove();
  });

  const asked = async (sql = grants) => {
    const schema = join(folder.path, 'grants.sql');
    writeFileSync(schema, sql);
    const result = await ask(database.ownerUrl, { mode: 'quick', expect: { ...noExpectations, schema } });
    return result.finding('rights.expected-grants');
  };

  it('pass while every role has them', async () => {
    const finding = await asked();
    expect(finding).toMatchObject({
      status: 'pass',
      value: expect.stringMatching(/^14 privileges \(.*grants\.sql\)/),
    });
  });

  it.each([
    ['on a table', 'insert on sessions', /lacks INSERT on table public\.sessions; of 14/],
    ['on a sequence', 'usage on sequence numbers', /lacks USAGE on sequence public\.numbers/],
    ['on a view', 'trigger on extra.recent', /lacks TRIGGER on table extra\.recent/],
  ])('are named when one %s was revoked', async (_what, right, names) => {
    await administer((client) => client.query(`revoke ${right} from ${app.name}`), database.url);
    const finding = await asked();
    await administer((client) => client.query(`grant ${right} to ${app.name}`), database.url);
    expect(finding).toMatchObject({ status: 'warn', value: expect.stringMatching(names) });
  });

  it('are named when they were revoked on the schema and the database', async () => {
    const { dbname } = database;
    const change = (sql: string) => administer((client) => client.query(sql), database.url);
    await change(
      `revoke usage on schema extra from public; revoke create on database "${dbname}" from ${app.name}`,
    );
    const finding = await asked();
    await change(grants);
    expect(finding.value).toContain('public lacks USAGE on schema extra');
    expect(finding.value).toContain(`${app.name} lacks CREATE on database ${dbname}`);
  });

  it('are held by membership, too', async () => {
    await using member = await createRole();
    await administer((client) => client.query(`grant ${app.name} to ${member.name}`));
    expect(await asked(`grant select on memories to ${member.name}`)).toMatchObject({ status: 'pass' });
  });

  it('name a role, a table and a database that do not exist', async () => {
    const finding = await asked(`
      grant select, insert on memories to nobody_here;
      grant select on no_table to public;
      grant usage on sequence memories to public;
      grant connect on database no_database to public;`);
    expect(finding).toMatchObject({ status: 'warn', value: expect.stringContaining('of 5 privileges') });
    for (const text of [
      'role nobody_here',
      'table public.no_table',
      'sequence public.memories',
      'database no_database',
    ])
      expect(finding.value).toContain(`${text} does not exist`);
  });

  it('are not asked about when the file names none', async () => {
    expect(await asked('create table t (a int)')).toMatchObject({ status: 'skip' });
  });
});
