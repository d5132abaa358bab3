import pg from 'pg';
import { describe, expect, it } from 'vitest';
import { waitFor } from '../../support/events.ts';
import { administer, createDatabase, type TestDatabase } from '../../support/servers.ts';
import { createSubject, testContext } from './harness.ts';
import { pathOf, restoreCustom, restoreSql, sqlOf } from './reading.ts';

/** Moves money between accounts and tables until it is told to stop: the sum is the same in every snapshot. */
async function transfer(database: TestDatabase, signal: AbortSignal): Promise<number> {
  const client = new pg.Client({ connectionString: database.url });
  await client.connect();
  let done = 0;
  for (; !signal.aborted; done += 1) {
    await client.query('begin');
    await client.query('update a set v = v - 1 where id = $1', [done % 500]);
    await client.query('update b set v = v + 1 where id = $1', [(done * 7) % 500]);
    await client.query('commit');
  }
  await client.end();
  return done;
}

async function isSomebodyWaiting(database: TestDatabase): Promise<boolean> {
  let waiting = 0;
  await administer(async (client) => {
    const { rows } = await client.query(
      `select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
    );
    waiting = rows.length;
  }, database.url);
  return waiting > 0;
}

describe('a backup while others write', () => {
  it('is of one moment: both tables and both formats agree', async () => {
    await using database = await createDatabase();
    await administer(
      (client) =>
        client.query(`
          create table a (id int primary key, v int); create table b (id int primary key, v int);
          insert into a select i, 1000 from generate_series(0, 499) i;
          insert into b select i, 1000 from generate_series(0, 499) i`),
      database.url,
    );
    await using subject = await createSubject(database.url);
    const stop = new AbortController();
    const writers = [transfer(database, stop.signal), transfer(database, stop.signal)];
    const { manifest } = await subject.backup();
    stop.abort();
    expect(Math.min(...(await Promise.all(writers)))).toBeGreaterThan(0);

    await using one = await createDatabase();
    await restoreCustom(one.url, pathOf(subject.folder, manifest, 'custom'));
    await using two = await createDatabase();
    await restoreSql(two.url, await sqlOf(subject.folder, manifest));
    for (const restored of [one, two]) {
      await administer(async (client) => {
        const { rows } = await client.query('select (select sum(v) from a) + (select sum(v) from b) as sum');
        expect(rows).toEqual([{ sum: '1000000' }]);
      }, restored.url);
    }
  });

  it('a TRUNCATE that asks between our locks and those of pg_dump passes, and the backup is of a moment after it', async () => {
    await using database = await createDatabase();
    await administer(
      (client) => client.query('create table t (a int); insert into t select generate_series(1, 500)'),
      database.url,
    );
    await using subject = await createSubject(database.url);
    let truncated: Promise<unknown> | undefined;
    const context = testContext({
      async onBorder(name) {
        if (name !== 'backup:snapshot' || truncated !== undefined) return;
        truncated = administer(
          (client) => client.query('truncate t; insert into t values (1)'),
          database.url,
        );
        await waitFor(() => isSomebodyWaiting(database), { what: 'the TRUNCATE to wait' });
      },
    });
    const { manifest } = await subject.backup(context);
    await truncated;
    expect(manifest.inventory.tables).toMatchObject([{ name: 'public.t', rows: 1 }]);
    expect(context.lines.filter((line) => line.includes('starting over'))).not.toEqual([]);
  });
});
