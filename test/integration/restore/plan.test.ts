import { join } from 'node:path';
import { changeManifest } from '@sagekeep/storage/testing';
import pg from 'pg';
import { afterEach, expect, it } from 'vitest';
import { liveTables } from '../../../packages/engine/src/plan/liveTables.ts';
import { connect, parseDatabaseUrl } from '../../../packages/engine/src/server/index.ts';
import { createDatabase, startPrivatePostgres, withDatabase } from '../../support/servers.ts';
import {
  backupPayload,
  configOf,
  contextOf,
  count,
  dropSiblings,
  planPayload,
  restorePayload,
  sql,
  worldOf,
} from './harness.ts';

const opened: (() => Promise<unknown> | unknown)[] = [];
afterEach(async () => {
  for (const close of opened.splice(0).reverse()) await close();
});

async function scene(url: string) {
  await sql(
    url,
    `create table notes (i int, at timestamp, seen timestamptz); insert into notes values (1, now(), null)`,
  );
  const world = worldOf([configOf('sage', url)]);
  opened.push(() => world[Symbol.dispose]());
  const { manifest } = await world.engine.backup(backupPayload(), contextOf());
  const plan = (changes = {}) =>
    world.engine.plan(planPayload({ backup: manifest.id, ...changes }), contextOf());
  const restore = (changes = {}) =>
    world.engine.restore(restorePayload({ backup: manifest.id, ...changes }), contextOf());
  return { ...world, manifest, plan, restore };
}

async function sharedScene() {
  const database = await createDatabase();
  opened.push(
    () => database.drop(),
    () => dropSiblings(database.dbname),
  );
  return { url: database.url, dbname: database.dbname, ...(await scene(database.url)) };
}

/** A server of one's own, whose settings the test chooses. */
async function privateScene(settings: Record<string, string>) {
  const server = await startPrivatePostgres({ durable: false, settings });
  opened.push(() => server.stop());
  await sql(server.url, 'create database live');
  const url = withDatabase(server.url, 'live');
  return { url, ...(await scene(url)) };
}

it('a plan counts the rows that are newer than the backup, and says that they would be lost', async () => {
  const { url, plan } = await sharedScene();
  await sql(url, `insert into notes select i, null, now() + interval '1 hour' from generate_series(2, 4) i`);
  const { tables, warnings } = await plan();
  expect(tables).toMatchObject([{ name: 'public.notes', rowsNow: 4, newest: { column: 'seen' }, newer: 3 }]);
  expect(warnings.join()).toContain('3 in public.notes (by seen)');
});

it('a plan is made of a database that pg_dump cannot read', async () => {
  const { url, plan } = await sharedScene();
  await sql(
    url,
    `set allow_system_table_mods = on; update pg_class set relnamespace = 999999 where relname = 'notes'`,
  );
  const { warnings, objects, obstacles } = await plan();
  expect({ objects, obstacles }).toEqual({ objects: [], obstacles: [] });
  expect(warnings.join()).toContain('definitions of the live database could not be read');
});

it('a table that is locked for a moment has both plan and restore tried again, and the hash stays good', async () => {
  const { url, plan, restore } = await sharedScene();
  const { planHash } = await plan();
  const holder = new pg.Client({ connectionString: url });
  await holder.connect();
  await holder.query('begin; lock table notes in access exclusive mode');
  const busy = { code: 'OBJECT_BUSY', retryable: true };
  await Promise.all([
    expect(plan()).rejects.toMatchObject(busy),
    expect(restore({ planHash })).rejects.toMatchObject(busy),
  ]);
  await holder.end();
  expect((await restore({ planHash })).record.state).toBe('swapped');
});

it('what a flag lifts is no obstacle of the plan either, and its hash lets that very restore pass', async () => {
  const { url, dbname, plan, restore } = await sharedScene();
  const into = `${dbname}_copy`;
  await restore({ into });
  expect((await plan({ into })).obstacles).toEqual([expect.stringContaining('cannot be backed up')]);
  const { obstacles, planHash } = await plan({ into, withoutSafety: true });
  expect(obstacles).toEqual([]);
  const { record } = await restore({ into, withoutSafety: true, planHash });
  expect(record.state).toBe('swapped');
  expect(await count(withDatabase(url, into), 'notes')).toBe(1);
});

it('the time that tables are locked in place is told by restores in place only', async () => {
  const { plan, restore } = await sharedScene();
  await restore();
  expect(await plan()).toMatchObject({ expectedMs: expect.any(Number) });
  const before = await plan({ inPlace: true });
  expect(before.expectedMs).toBeNull();
  expect(before.warnings.join()).toContain('(not measured yet)');
  await restore({ inPlace: true });
  expect((await plan({ inPlace: true })).warnings.join()).toMatch(/to the commit \(about \d+ s\)/);
});

it('prepared transactions are named and refused before anything is made, aside and in place', async () => {
  const { url, plan, restore, vault } = await privateScene({ max_prepared_transactions: '5' });
  await sql(url, `begin; insert into notes values (9); prepare transaction 'left behind'`);
  expect((await plan()).obstacles).toEqual([expect.stringContaining('left behind')]);
  const refusal = { code: 'RESTORE_REFUSED', message: expect.stringContaining('left behind') };
  await expect(restore()).rejects.toMatchObject(refusal);
  await expect(restore({ inPlace: true })).rejects.toMatchObject(refusal);
  expect((await vault.records.list('restores')).items).toEqual([]);
  await sql(url, `rollback prepared 'left behind'`);
  expect((await restore()).record.state).toBe('swapped');
});

it('a backup of a newer major is refused by plan and restore, and an extension that would come back in another version is named', async () => {
  const { plan, restore, manifest, folder, vault } = await sharedScene();
  await changeManifest(join(folder, 'sage', manifest.id, 'manifest.json'), (changed) => {
    changed.serverVersionNum = 990_001;
    changed.serverVersion = '99.1';
    changed.extensions = [...changed.extensions, { name: 'amcheck', version: '0.1', schema: 'public' }];
  });
  const { obstacles, warnings } = await plan();
  expect(obstacles).toEqual([expect.stringMatching(/PostgreSQL 99\.1.*older major.*same or a newer major/)]);
  expect(warnings.join()).toMatch(/amcheck was 0\.1 in the backup and would come back as 1\./);
  await expect(restore()).rejects.toMatchObject({
    code: 'VERSION_MISMATCH',
    advice: expect.stringContaining('newer major'),
  });
  expect((await vault.records.list('restores')).items).toEqual([]);
});

it('what newer tools wrote is refused by plan and restore where the server is older, before anything is made', async () => {
  const { plan, restore, manifest, folder, vault } = await sharedScene();
  await changeManifest(join(folder, 'sage', manifest.id, 'manifest.json'), (changed) => {
    changed.clientVersion = '17.6';
  });
  const isOlder = manifest.serverVersionNum < 170_000;
  expect((await plan()).obstacles).toEqual(
    isOlder ? [expect.stringMatching(/written by client tools of version 17\.6.*17 or newer/)] : [],
  );
  const outcome = await restore().catch((error: unknown) => error);
  expect(outcome).toMatchObject(isOlder ? { code: 'VERSION_MISMATCH' } : { record: { state: 'swapped' } });
  expect((await vault.records.list('restores')).items).toHaveLength(isOlder ? 0 : 1);
});

it('slots and subscriptions are named: they stay with the old database, and in place they would not do', async () => {
  const { url, plan, restore, vault } = await privateScene({ wal_level: 'logical' });
  await sql(url, `select pg_create_logical_replication_slot('readers', 'pgoutput')`);
  await sql(
    url,
    `create subscription feed connection 'host=127.0.0.1' publication none with (connect = false, slot_name = none)`,
  );
  const inPlace = await plan({ inPlace: true });
  expect(inPlace.obstacles).toEqual([
    expect.stringMatching(/has subscriptions.*feed.*SET \(slot_name = NONE\); DROP SUBSCRIPTION "feed"/),
  ]);
  expect(inPlace.warnings.join()).toMatch(/slots go on.*readers/);
  expect(inPlace.warnings.join()).not.toContain('stay with the old database');
  await expect(restore({ inPlace: true })).rejects.toMatchObject({
    code: 'RESTORE_REFUSED',
    facts: { subscriptions: ['feed'] },
  });
  expect((await vault.records.list('restores')).items).toEqual([]);
  const { warnings, obstacles } = await plan();
  expect(obstacles).toEqual([]);
  expect(warnings.join()).toMatch(/slots stay with the old database: readers.*1 subscriptions stay/s);
  const { record } = await restore();
  expect(record.state).toBe('swapped');
  expect(await sql(url, 'select database from pg_replication_slots')).toEqual([{ database: record.before }]);
  expect(
    await sql(url, 'select datname from pg_subscription s join pg_database d on d.oid = s.subdbid'),
  ).toEqual([{ datname: record.before }]);
});

it('a table that somebody holds is not counted, and keeps no other from it', async () => {
  const { url, plan } = await sharedScene();
  await sql(url, 'create table pages (i int); insert into pages values (1), (2)');
  const holder = new pg.Client({ connectionString: url });
  await holder.connect();
  opened.push(() => holder.end());
  await using session = await connect(parseDatabaseUrl(url), {
    applicationName: 'test',
    settings: { lock_timeout: '50ms' },
  });
  await holder.query('begin; lock table notes in access exclusive mode');
  const rows = await liveTables(session, { budgetMs: 60_000, since: null });
  expect([...rows].map(([name, found]) => [name, found.rows])).toEqual([
    ['public.notes', null],
    ['public.pages', 2],
  ]);
  await holder.query('rollback');
  expect((await plan()).warnings.join()).not.toContain('could not be counted');
});
