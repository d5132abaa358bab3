import pg from 'pg';
import { describe, expect, it } from 'vitest';
import { connect, parseDatabaseUrl } from '../../../packages/engine/src/server/index.ts';
import { askEach } from '../../../packages/engine/src/verify/askEach.ts';
import { administer, createDatabase, createRole, withParts } from '../../support/servers.ts';
import { untilWaiting } from './blocked.ts';
import { richer } from './fault.ts';
import { ask, noExpectations } from './harness.ts';
import { provenBackup } from './provenBackup.ts';

interface Session extends AsyncDisposable {
  query(sql: string): Promise<pg.QueryResult>;
}

async function session(url: string): Promise<Session> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  return { query: (sql) => client.query(sql), [Symbol.asyncDispose]: () => client.end() };
}

it('a table that somebody has locked for long fails no check', async () => {
  await using database = await createDatabase({ template: 'sample' });
  using backup = await provenBackup(database.url);
  await using locker = await session(database.url);
  await locker.query('begin; lock table sessions in access exclusive mode');
  const result = await ask(database.url, { vault: backup.vault });
  await locker.query('rollback');
  expect(result.alarms()).toEqual([]);
  for (const id of [
    'structure.definitions',
    'rights.grants',
    'consistency.readable',
    'consistency.references',
  ])
    expect(result.finding(id)).toMatchObject({
      status: 'skip',
      value: expect.stringMatching(/another session holds a lock/),
    });
  expect(result.finding('consistency.readable').value).toMatch(/^1 of 2 read.*not read: public\.sessions/);
});

it('an index that a rebuild has taken out of use since it was listed is not damaged', async () => {
  await using database = await createDatabase({ template: 'sample' });
  await administer((client) => client.query(`${richer} create extension amcheck`), database.url);
  await using reader = await connect(parseDatabaseUrl(database.url), { applicationName: 'sagekeep test' });
  const oidOf = (name: string) =>
    reader.query<{ oid: string }>(`select '${name}'::regclass::oid::text as oid`);
  const items = ['notes_body', 'authors_name'].map(async (name) => ({ name, ...(await oidOf(name))[0] }));
  const listed = await Promise.all(items);
  await administer(
    (client) =>
      client.query(`update pg_index set indisvalid = false where indexrelid = 'notes_body'::regclass`),
    database.url,
  );
  const asked = await askEach({ hasTime: () => true, query: reader.query }, listed, ({ name, oid }) =>
    reader.query('select bt_index_check($1::oid::regclass)', [oid]).then(() => name),
  );
  expect(asked).toEqual({ answers: ['authors_name'], broken: [], unread: [] });
});

it('an index that another transaction is about to mark valid is not invalid, until that one gives up', async () => {
  await using database = await createDatabase({ template: 'sample' });
  const mark = (valid: boolean) =>
    `update pg_index set indisvalid = ${valid} where indexrelid = 'notes_body'::regclass`;
  await administer((client) => client.query(`${richer} ${mark(false)}`), database.url);
  await using builder = await session(database.url);
  await builder.query('begin');
  await builder.query(mark(true));
  const invalid = async () =>
    (await ask(database.url, { mode: 'quick', expect: noExpectations })).finding('structure.invalid-indexes');
  expect(await invalid()).toMatchObject({ status: 'pass' });
  await builder.query('rollback');
  expect(await invalid()).toMatchObject({ status: 'fail', value: expect.stringContaining('notes_body') });
});

it('the index of a partitioned table that waits for those of its partitions is not invalid', async () => {
  await using database = await createDatabase();
  await administer(
    (client) =>
      client.query(`
        create table parts (id int) partition by range (id);
        create table part_1 partition of parts for values from (0) to (10);
        create index parts_id on only parts (id)`),
    database.url,
  );
  const result = await ask(database.url, { mode: 'quick', expect: noExpectations });
  expect(result.finding('structure.invalid-indexes')).toMatchObject({ status: 'pass' });
});

describe('for a role that does not see what others do', () => {
  const ordinary = async (url: string) => {
    const role = await createRole();
    return { ...role, url: withParts(url, { user: role.name, password: role.password }) };
  };

  it.each([
    ['built', 'create index concurrently fresh on notes using hnsw (spot vector_l2_ops)'],
    ['built anew', 'reindex index concurrently notes_spot_ivf'],
    ['dropped', 'drop index concurrently notes_spot_hnsw'],
  ])('an index that is being %s without blocking is not invalid', async (_what, sql) => {
    await using database = await createDatabase({ template: 'sample' });
    await administer((client) => client.query(richer), database.url);
    await using role = await ordinary(database.url);
    await using writer = await session(database.url);
    await writer.query('begin; update notes set body = body where id = 1');
    await using builder = await session(database.url);
    const built = builder.query(sql);
    await untilWaiting(database.url, sql);
    const { rows } = await writer.query('select from pg_index where not indisvalid');
    const result = await ask(role.url, { mode: 'quick', expect: noExpectations });
    await writer.query('commit');
    await built;
    expect(rows.length).toBeGreaterThan(0);
    expect(result.finding('structure.invalid-indexes')).toMatchObject({ status: 'pass' });
    expect(result.finding('pgvector.indexes')).toMatchObject({ status: 'pass' });
  });

  it('sessions of other roles count as connections', async () => {
    await using database = await createDatabase({ template: 'sample' });
    await using role = await ordinary(database.url);
    await using others = new AsyncDisposableStack();
    for (let n = 0; n < 8; n += 1) others.use(await session(database.url));
    const { value } = (await ask(role.url, { mode: 'quick' })).finding('connection.connections');
    const [, server, here] = /^(\d+) of \d+ on the server, (\d+)/.exec(value) ?? [];
    expect(Number(here)).toBe(9);
    expect(Number(server)).toBeGreaterThanOrEqual(9);
  });
});
