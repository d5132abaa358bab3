import pg from 'pg';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parseDatabaseUrl } from '../../../packages/engine/src/server/index.ts';
import { type SnapshotOptions, takeSnapshot } from '../../../packages/engine/src/snapshot/index.ts';
import { waitFor } from '../../support/events.ts';
import { createDatabase, type TestDatabase } from '../../support/servers.ts';

let database: TestDatabase;
const clients: pg.Client[] = [];

async function client(): Promise<pg.Client> {
  const one = new pg.Client({ connectionString: database.url });
  one.on('error', () => undefined);
  await one.connect();
  clients.push(one);
  return one;
}

const options: SnapshotOptions = { applicationName: 'snapshot-test', signal: new AbortController().signal };
const take = (changes: Partial<SnapshotOptions> = {}) =>
  takeSnapshot(parseDatabaseUrl(database.url), { ...options, ...changes });

/** How many sessions wait for a lock. */
async function waiting(asker: pg.Client): Promise<number> {
  const { rows } = await asker.query(`
    select count(*)::int as n from pg_stat_activity
     where datname = current_database() and wait_event_type = 'Lock'`);
  return rows[0].n;
}

beforeEach(async () => {
  database = await createDatabase();
  const setUp = await client();
  await setUp.query(
    'create table t (a int); insert into t select generate_series(1, 10); create table u (b int)',
  );
});

afterEach(async () => {
  await Promise.all(clients.splice(0).map((one) => one.end()));
  await database.drop();
});

describe('a snapshot', () => {
  it('holds every table as it is: a TRUNCATE waits until it is over', async () => {
    const [asker, truncator] = [await client(), await client()];
    const snapshot = await take();
    const truncated = truncator.query('truncate t');
    await waitFor(async () => (await waiting(asker)) === 1, { what: 'the TRUNCATE to wait' });
    expect(await snapshot.session.query('select count(*)::int as n from t')).toEqual([{ n: 10 }]);
    await snapshot[Symbol.asyncDispose]();
    await truncated;
  });

  it('does not see what is written later, and hinders no writer', async () => {
    const writer = await client();
    await using snapshot = await take();
    await writer.query('insert into t values (99); update t set a = -a; delete from u');
    expect(await snapshot.session.query('select min(a) as low, count(*)::int as n from t')).toEqual([
      { low: 1, n: 10 },
    ]);
  });

  it('can be joined by its name', async () => {
    const other = await client();
    await using snapshot = await take();
    await other.query('begin isolation level repeatable read');
    await other.query(`set transaction snapshot '${snapshot.name}'`);
    await other.query('commit');
  });

  it('starts over when a table was made in the middle, so that no table is in it without a lock', async () => {
    const [holder, asker] = [await client(), await client()];
    await holder.query('begin; lock table u in access exclusive mode; create table late (c int)');
    await holder.query('insert into late values (1)');
    const retries: string[] = [];
    const taking = take({ lockTimeoutMs: 60_000, onRetry: (reason) => retries.push(reason) });
    await waitFor(async () => (await waiting(asker)) === 1, { what: 'the snapshot to wait for u' });
    await holder.query('commit');
    await using snapshot = await taking;
    expect(retries).toEqual([expect.stringContaining('"late"')]);
    expect(snapshot.tables.map(({ name }) => name).sort()).toEqual(['late', 't', 'u']);
  });

  it('starts over when a table was dropped in the middle', async () => {
    const [holder, asker] = [await client(), await client()];
    await holder.query('begin; drop table u');
    const retries: string[] = [];
    const taking = take({ lockTimeoutMs: 60_000, onRetry: (reason) => retries.push(reason) });
    await waitFor(async () => (await waiting(asker)) === 1, { what: 'the snapshot to wait for u' });
    await holder.query('commit');
    await using snapshot = await taking;
    expect(retries).toHaveLength(1);
    expect(snapshot.tables.map(({ name }) => name)).toEqual(['t']);
  });

  it('steps back from a held table again and again, then says who holds it', async () => {
    const holder = await client();
    await holder.query(
      `set application_name to 'the migration'; begin; lock table u in access exclusive mode`,
    );
    const retries: string[] = [];
    const taking = take({ lockTimeoutMs: 50, patienceMs: 2_000, onRetry: (reason) => retries.push(reason) });
    await expect(taking).rejects.toMatchObject({
      code: 'OBJECT_BUSY',
      retryable: true,
      message: expect.stringMatching(/pid \d+, the migration on u/),
    });
    expect(retries.length).toBeGreaterThan(1);
  });

  it('keeps nobody waiting so long that his server ends him for a deadlock with us', async () => {
    const [gate, holder, asker, other] = [await client(), await client(), await client(), await client()];
    await other.query('create table v (c int); create table w (d int)');
    await gate.query('begin; lock table w in access exclusive mode');
    const retries: string[] = [];
    const taking = take({ lockTimeoutMs: 60_000, onRetry: (reason) => retries.push(reason) });
    await waitFor(async () => (await waiting(asker)) === 1, {
      what: 'the snapshot to ask for the size of w',
    });
    await holder.query('begin; lock table u in access exclusive mode');
    await other.query('begin; lock table v in access exclusive mode');
    await gate.query('commit');
    const ours = `select from pg_locks where relation = 't'::regclass and mode = 'AccessShareLock'`;
    await waitFor(async () => retries.length > 0 || (await asker.query(ours)).rows.length > 0, {
      what: 'us to hold t, and wait for u',
    });
    const served = other.query('lock table t in access exclusive mode');
    const nearlyASecond = `select from pg_stat_activity where wait_event_type = 'Lock'
      and query = 'lock table t in access exclusive mode' and now() - query_start > interval '0.9 s'`;
    const isServed = served.then(() => true);
    await waitFor(
      () => Promise.race([isServed, asker.query(nearlyASecond).then(({ rows }) => rows.length > 0)]),
      { what: 'the other one to get t, or to wait for long' },
    );
    await holder.query('commit');
    await served;
    await other.query('commit');
    await using snapshot = await taking;
    expect(snapshot.tables.map(({ name }) => name).sort()).toEqual(['t', 'u', 'v', 'w']);
  });

  it('starts over with more time when very many tables need it, and nobody is in the way', async () => {
    const maker = await client();
    await maker.query(
      `do $$ begin for n in 1..1200 loop execute format('create table many_%s ()', n); end loop; end $$`,
    );
    const retries: string[] = [];
    await using snapshot = await take({ locksWithinMs: 1, onRetry: (reason) => retries.push(reason) });
    expect(snapshot.tables).toHaveLength(1202);
    expect(retries[0]).toMatch(/^locking took longer than 1 ms$/);
  });

  it('leaves no session behind when it is aborted while it waits', async () => {
    const [holder, asker] = [await client(), await client()];
    await holder.query('begin; lock table u in access exclusive mode');
    const controller = new AbortController();
    const taking = take({ lockTimeoutMs: 60_000, signal: controller.signal });
    taking.catch(() => undefined);
    await waitFor(async () => (await waiting(asker)) === 1, { what: 'the snapshot to wait for u' });
    controller.abort(new Error('enough'));
    await expect(taking).rejects.toThrow('enough');
    await holder.query('rollback');
    await waitFor(async () => {
      const { rows } = await asker.query(
        `select from pg_stat_activity where application_name = 'snapshot-test'`,
      );
      return rows.length === 0;
    });
  });

  it('locks configuration tables of extensions too, whose rows are in a dump', async () => {
    const maker = await client();
    await maker.query(`
      create extension vector; create table settings (a int); insert into settings values (1);
      alter extension vector add table settings;
      update pg_extension set extconfig = array['settings'::regclass::oid], extcondition = array['']
       where extname = 'vector'`);
    await using snapshot = await take();
    expect(snapshot.tables.map(({ name }) => name)).toContain('settings');
  });
});
