import pg from 'pg';
import { describe, expect, it } from 'vitest';
import { administer, startPrivatePostgres } from '../../support/servers.ts';
import { changePage, fileOf, toastOf } from './damage.ts';
import { type Asking, ask, noExpectations } from './harness.ts';

/** A server of its own with a table and its index, whose file may be damaged while it is stopped. */
async function damaged(
  relation: (client: pg.Client) => Promise<string>,
  change: (page: Buffer) => void,
  verify = (url: string) => ask(url, { expect: noExpectations }),
): Promise<Asking> {
  await using server = await startPrivatePostgres();
  let path = '';
  await administer(async (client) => {
    await client.query(`create extension amcheck;
      create table victims (id int primary key, body text);
      insert into victims select i, 'row ' || i from generate_series(1, 5000) i;
      create table stored_apart (id int primary key, body text);
      alter table stored_apart alter body set storage external;
      insert into stored_apart select i, repeat(md5(i::text), 100) from generate_series(1, 200) i;
      select lo_from_bytea(0, convert_to(repeat(md5(i::text), 100), 'UTF8')) from generate_series(1, 100) i`);
    await client.query('vacuum (freeze)');
    await client.query('checkpoint');
    path = await fileOf(client, await relation(client));
  }, server.url);
  await server.signal('SIGINT');
  await changePage(path, change);
  await server.restart();
  return await verify(server.url);
}

const named = (relation: string) => () => Promise.resolve(relation);

describe('damaged pages', () => {
  it('finds a table whose page header is overwritten', async () => {
    const result = await damaged(named('victims'), (page) => page.fill(0xa5, 0, 24));
    expect(result.finding('consistency.readable')).toMatchObject({
      status: 'fail',
      value: expect.stringMatching(/public\.victims: .*invalid page in block 1/),
    });
  });

  it('finds it although a table that comes later is locked, and says that this was not read', async () => {
    const result = await damaged(
      named('victims'),
      (page) => page.fill(0xa5, 0, 24),
      async (url) => {
        const locker = new pg.Client({ connectionString: url });
        await locker.connect();
        await locker.query('create table later as select generate_series(1, 50000) as id; analyze later');
        await locker.query('begin; lock table later');
        const asking = await ask(url, { expect: noExpectations });
        await locker.end();
        return asking;
      },
    );
    expect(result.finding('consistency.readable')).toMatchObject({
      status: 'fail',
      value: expect.stringMatching(/^public\.victims: .*; not read: public\.later \(another session/),
    });
    expect(result.finding('consistency.heap').value).toMatch(/public\.victims.*not read: public\.later/);
  });

  it('finds a line pointer that leads out of its page', async () => {
    const result = await damaged(named('victims'), (page) =>
      page.writeUInt32LE(0x7fff + (1 << 15) + (100 << 17), 24),
    );
    expect(result.finding('consistency.heap')).toMatchObject({
      status: 'fail',
      value: expect.stringMatching(/public\.victims page 1: line pointer/),
    });
  });

  it.each([
    ['a long value', (client: pg.Client) => toastOf(client, 'stored_apart'), 'public.stored_apart (TOAST)'],
    ['a large object', named('pg_largeobject'), 'pg_catalog.pg_largeobject'],
  ])('finds damage in what is stored out of line: %s', async (_what, relation, name) => {
    const result = await damaged(relation, (page) =>
      page.writeUInt32LE(0x7fff + (1 << 15) + (100 << 17), 24),
    );
    expect(result.finding('consistency.heap')).toMatchObject({
      status: 'fail',
      value: expect.stringContaining(`${name} page 1: line pointer`),
    });
  });

  it('finds a B-tree whose keys are out of order', async () => {
    const result = await damaged(named('victims_pkey'), (page) => {
      // The first two line pointers behind the high key change places.
      const [a, b] = [page.readUInt32LE(28), page.readUInt32LE(32)];
      page.writeUInt32LE(b, 28);
      page.writeUInt32LE(a, 32);
    });
    expect(result.finding('consistency.btree')).toMatchObject({
      status: 'fail',
      value: expect.stringMatching(/public\.victims_pkey: .*item order invariant violated/),
    });
  });
});
