import pg from 'pg';
import { describe, expect, it } from 'vitest';
import { administer, startPrivatePostgres } from '../../support/servers.ts';
import { changePage, fileOf } from './damage.ts';
import { type Asking, ask, noExpectations } from './harness.ts';

/** A server of its own with a table and its index, whose file may be damaged while it is stopped. */
async function damaged(
  relation: string,
  change: (page: Buffer) => void,
  verify = (url: string) => ask(url, { expect: noExpectations }),
): Promise<Asking> {
  await using server = await startPrivatePostgres();
  let path = '';
  await administer(async (client) => {
    await client.query(`create extension amcheck;
      create table victims (id int primary key, body text);
      insert into victims select i, 'row ' || i from generate_series(1, 5000) i`);
    await client.query('vacuum (freeze) victims');
    await client.query('checkpoint');
    path = await fileOf(client, relation);
  }, server.url);
  await server.signal('SIGINT');
  await changePage(path, change);
  await server.restart();
  return await verify(server.url);
}

describe('damaged pages', () => {
  it('finds a table whose page header is overwritten', async () => {
    const result = await damaged('victims', (page) => page.fill(0xa5, 0, 24));
    expect(result.finding('consistency.readable')).toMatchObject({
      status: 'fail',
      value: expect.stringMatching(/public\.victims: .*invalid page in block 1/),
    });
  });

  it('finds it although a table that comes later is locked, and says that this was not read', async () => {
    const result = await damaged(
      'victims',
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
    const result = await damaged('victims', (page) =>
      page.writeUInt32LE(0x7fff + (1 << 15) + (100 << 17), 24),
    );
    expect(result.finding('consistency.heap')).toMatchObject({
      status: 'fail',
      value: expect.stringMatching(/public\.victims page 1: line pointer/),
    });
  });

  it('finds a B-tree whose keys are out of order', async () => {
    const result = await damaged('victims_pkey', (page) => {
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
