import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { DatabaseConfig } from '@sagekeep/contracts';
import { changeManifest } from '@sagekeep/storage/testing';
import { afterEach, describe, expect, it } from 'vitest';
import {
  createDatabase,
  createRole,
  postgresUrl,
  quoted,
  startPrivatePostgres,
  withDatabase,
} from '../../support/servers.ts';
import {
  backupPayload,
  configOf,
  contextOf,
  count,
  dropSiblings,
  planPayload,
  restorePayload,
  siblings,
  sql,
  worldOf,
} from './harness.ts';
import { rewriteSql } from './rewriteSql.ts';

const opened: (() => Promise<unknown> | unknown)[] = [];
afterEach(async () => {
  for (const close of opened.splice(0).reverse()) await close();
});

const schema = `
  create table notes (id serial primary key, "te xt" text, n int default null);
  insert into notes ("te xt") select repeat(md5(i::text), 3) from generate_series(1, 500) i;
  create table nothing (); insert into nothing default values;
  create index on notes ("te xt"); create view few as select * from notes limit 3;
  create schema "odd schema"; create table "odd schema"."odd table" (i int); insert into "odd schema"."odd table" values (1);
  select lo_from_bytea(0, 'a large object')`;

interface SceneOptions {
  readonly owner?: { name: string; password: string };
  readonly formats?: DatabaseConfig['formats'];
  readonly extra?: string;
}

async function scene({ owner, formats = ['custom', 'sql'], extra = 'select 1' }: SceneOptions = {}) {
  const database = await createDatabase(owner === undefined ? {} : { owner });
  opened.push(
    () => database.drop(),
    () => dropSiblings(database.dbname),
  );
  await sql(database.ownerUrl, `${schema}; ${extra}`);
  const world = worldOf([configOf('sage', database.ownerUrl, { formats })]);
  opened.push(() => world[Symbol.dispose]());
  const { manifest } = await world.engine.backup(backupPayload(), contextOf());
  const payload = restorePayload({ backup: manifest.id, inPlace: true });
  return { database, world, manifest, payload, url: database.ownerUrl };
}

const later = `create view later as select * from notes; insert into notes ("te xt") values ('later');
  create schema after; create table after.t (i int); select lo_from_bytea(0, 'later'); drop table "odd schema"."odd table"`;

/** What must not be taken for the lines that pg_dump writes around large objects. */
const lookalikes = `
  create table lines (line text);
  insert into lines values ('-- Data for Name: BLOBS; Type: BLOBS; Schema: -; Owner: -'), ('--'), (''), ('BEGIN;'), (''), ('COMMIT;');
  create function quoting() returns text language sql as $_$ select '
-- Data for Name: BLOBS; Type: BLOBS; Schema: -; Owner: -
--

BEGIN;

COMMIT;
' $_$;
  comment on table lines is 'it''s $$ " --
BEGIN;
COMMIT;
'`;

describe('a restore in place', () => {
  it('ends in exactly the backed-up state, with objects made later gone, in the same database', async () => {
    const { world, payload, url, database } = await scene();
    await sql(url, later);
    const [before] = await sql(url, `select oid from pg_database where datname = current_database()`);
    const { record } = await world.engine.restore(payload, contextOf());
    expect(record).toMatchObject({ state: 'swapped', method: 'in-place', before: null, error: null });
    expect(record.proof).toMatchObject({ result: 'proven', differences: [] });
    expect(record.safetyBackup).not.toBeNull();
    expect(await count(url, 'notes')).toBe(500);
    expect(await count(url, '"odd schema"."odd table"')).toBe(1);
    expect(await sql(url, `select count(*)::int as objects from pg_largeobject_metadata`)).toEqual([
      { objects: 1 },
    ]);
    await expect(count(url, 'after.t')).rejects.toThrow('does not exist');
    expect(await sql(url, `select oid from pg_database where datname = current_database()`)).toEqual([
      before,
    ]);
    expect(await siblings(database.dbname)).toEqual([]);
    await expect(
      world.engine.undo({ database: 'sage', restore: record.id, by: 'tester' }, contextOf()),
    ).rejects.toMatchObject({
      code: 'UNDO_IMPOSSIBLE',
      advice: expect.stringContaining(record.safetyBackup ?? '-'),
    });
  });

  it('replaces no other database than it has saved', async () => {
    const { world, payload, url, database } = await scene();
    const name = quoted(database.dbname);
    const exchange = async (border: string) => {
      if (border !== 'restore:safety') return;
      await sql(postgresUrl(), `drop database ${name} with (force)`);
      await sql(postgresUrl(), `create database ${name}`);
      await sql(url, 'create table another (i int)');
    };
    await expect(world.engine.restore(payload, contextOf({ onBorder: exchange }))).rejects.toMatchObject({
      code: 'OBJECT_BUSY',
      retryable: true,
      message: expect.stringContaining('nothing was replaced'),
    });
    expect(await count(url, 'another')).toBe(0);
    const { record } = await world.engine.restore(payload, contextOf());
    const saved = await world.vault.catalogue.get(record.safetyBackup ?? '');
    expect(saved.manifest.inventory.tables).toMatchObject([{ name: 'public.another' }]);
  });

  it.each([
    ['another content of the same size', `select lo_put(77, 300000, 'X')`],
    ['one more, empty', `select lo_create(79)`],
    ['one cut short', `select lo_truncate(lo_open(77, 131072), 262144)`],
  ])('is refused, and changes nothing, when large objects come back as %s', async (_what, change) => {
    const { world, url, database } = await scene();
    await sql(
      url,
      `select lo_from_bytea(77, convert_to(repeat('0123456789', 60000), 'UTF8')), lo_create(78)`,
    );
    const { manifest } = await world.engine.backup(backupPayload(), contextOf());
    const trusted = restorePayload({ backup: manifest.id, inPlace: true });
    expect(await world.engine.restore(trusted, contextOf())).toMatchObject({ record: { state: 'swapped' } });
    await sql(url, change);
    const other = await world.engine.backup(backupPayload(), contextOf());
    const path = join(world.folder, 'sage', other.manifest.id, 'manifest.json');
    const { largeObjects } = manifest.inventory;
    await changeManifest(path, ({ inventory }) => Object.assign(inventory, { largeObjects }));
    await sql(url, 'insert into notes (n) values (1)');
    const payload = { ...trusted, backup: other.manifest.id };
    await expect(world.engine.restore(payload, contextOf())).rejects.toMatchObject({
      code: 'INVENTORY_MISMATCH',
      message: expect.stringContaining('large-objects'),
    });
    expect(await count(url, 'notes')).toBe(501);
    expect(await siblings(database.dbname)).toEqual([]);
  });

  it.each(['sql only', 'custom damaged'])(
    'is one transaction from SQL with large objects, too, whose own ones are taken out (%s)',
    async (how) => {
      const formats: DatabaseConfig['formats'] = how === 'sql only' ? ['sql'] : ['custom', 'sql'];
      const { world, url, manifest, payload } = await scene({ formats, extra: lookalikes });
      const folder = join(world.folder, 'sage', manifest.id);
      if (how === 'custom damaged') await writeFile(join(folder, `${manifest.id}.sql.custom`), 'damaged');
      await sql(url, later);
      const watch = new AbortController();
      const context = contextOf({
        signal: watch.signal,
        onBorder: async (name) => {
          if (name !== 'restore:before-commit') return;
          expect(await count(url, 'pg_largeobject_metadata')).toBe(2);
          watch.abort(new Error('cancelled'));
        },
      });
      await expect(world.engine.restore(payload, context)).rejects.toThrow('cancelled');
      expect(await count(url, 'later')).toBe(501);
      const { record } = await world.engine.restore(payload, contextOf());
      expect(record).toMatchObject({ state: 'swapped', proof: { result: 'proven', differences: [] } });
      expect(record.proof?.files).toEqual([expect.stringMatching(/\.sql\.zst$/)]);
    },
  );

  it.each<[string, { statement: string; before?: 'end' }, RegExp]>([
    ['and goes on', { statement: 'COMMIT;' }, /read-only transaction/],
    ['and begins another one', { statement: 'COMMIT;\nBEGIN;' }, /read-only transaction/],
    ['and fails', { statement: 'COMMIT;\nSELECT 1 / 0;' }, /division by zero/],
    ['at its end', { statement: 'COMMIT;\nSELECT 1;', before: 'end' }, /ends the transaction/],
  ])(
    'from SQL that commits the transaction %s says what is live, and names the safety backup',
    async (_how, change, then) => {
      const { world, url, manifest, payload } = await scene({ formats: ['sql'] });
      await rewriteSql(world.folder, manifest, change);
      const restore = (attempt: number) =>
        world.engine.restore(payload, contextOf({ jobId: 'split', attempt }));
      const refusal = {
        code: 'RESTORE_REFUSED',
        retryable: false,
        message: expect.stringContaining('up to there is live'),
        advice: expect.stringMatching(/sagekeep restore sage sage_\S+ --in-place/),
      };
      await expect(restore(1)).rejects.toMatchObject(refusal);
      await expect(restore(2)).rejects.toMatchObject(refusal);
      const { items } = await world.vault.records.list('restores');
      expect(items).toMatchObject([
        {
          state: 'failed',
          partLive: true,
          error: expect.stringMatching(then),
          downtimeMs: expect.any(Number),
        },
      ]);
      const report = JSON.stringify(await world.vault.records.get('reports', 'split'));
      expect(report).toContain('The live database has changed');
      expect(report).toMatch(/sagekeep restore sage sage_\S+ --in-place/);
      expect(report).not.toMatch(/has not changed|not touched|rolled back/);
      const present = await sql(url, `select to_regclass('public.notes') is not null as notes`);
      expect(present).toEqual([{ notes: change.before === 'end' }]);
      await world.engine.restore({ ...payload, backup: items[0]?.safetyBackup ?? '' }, contextOf());
      expect(await count(url, 'notes')).toBe(500);
    },
  );

  it('from SQL that rolls the transaction back has changed nothing, whatever comes after, and says so', async () => {
    const { world, url, manifest, payload } = await scene({ formats: ['sql'] });
    await sql(url, 'drop view few');
    const statement = 'ROLLBACK;\nCREATE TABLE public.late (i int);\nCOMMIT;';
    await rewriteSql(world.folder, manifest, { statement });
    const restored = world.engine.restore(payload, contextOf({ jobId: 'rolled-back' }));
    await expect(restored).rejects.toThrow('read-only transaction');
    expect((await world.vault.records.list('restores')).items).toMatchObject([{ state: 'failed' }]);
    expect(JSON.stringify(await world.vault.records.get('reports', 'rolled-back'))).toContain(
      'the live database has not changed',
    );
    await expect(count(url, 'late')).rejects.toThrow('does not exist');
    expect(await count(url, 'notes')).toBe(500);
  });

  it('needs no right to create databases', async () => {
    await using owner = await createRole();
    const { world, payload, url, database } = await scene({ owner });
    await sql(url, 'drop view few; truncate notes');
    const { record } = await world.engine.restore(payload, contextOf());
    expect(record.state).toBe('swapped');
    expect(await count(url, 'few')).toBe(3);
    await expect(world.engine.restore({ ...payload, inPlace: false }, contextOf())).rejects.toMatchObject({
      code: 'PERMISSION_MISSING',
      advice: expect.stringContaining('--in-place'),
    });
    await database.drop();
  });

  it('is rolled back when a row is not what the backup recorded', async () => {
    const { world, payload, url, manifest } = await scene();
    const path = join(world.folder, 'sage', manifest.id, 'manifest.json');
    await changeManifest(path, ({ inventory }) => {
      for (const table of inventory.tables) table.digest = 'a'.repeat(64);
    });
    await sql(url, later);
    await expect(world.engine.restore(payload, contextOf())).rejects.toMatchObject({
      code: 'INVENTORY_MISMATCH',
      message: expect.stringContaining('rolled back'),
    });
    expect(await count(url, 'later')).toBe(501);
    expect(await count(url, 'after.t')).toBe(0);
    expect((await world.vault.records.list('restores')).items).toMatchObject([{ state: 'failed' }]);
  });

  it('is rolled back when it is cancelled before its commit', async () => {
    const { world, payload, url } = await scene();
    await sql(url, later);
    const cancel = new AbortController();
    const reason = new Error('cancelled');
    const context = contextOf({
      signal: cancel.signal,
      onBorder: (name) => {
        if (name === 'restore:before-commit') cancel.abort(reason);
      },
    });
    await expect(world.engine.restore(payload, context)).rejects.toBe(reason);
    expect(await count(url, 'later')).toBe(501);
    expect((await world.vault.records.list('restores')).items).toMatchObject([{ state: 'failed' }]);
  });

  it('that fails after its commit is no success of the next attempt: that one proves it first', async () => {
    const { world, payload, url } = await scene();
    const lost = new Error('lost');
    const context = (attempt: number, atCommit?: () => Promise<unknown>) =>
      contextOf({
        jobId: 'unproven',
        attempt,
        onBorder: async (name) => {
          if (name === 'restore:replace') await atCommit?.();
        },
      });
    const first = world.engine.restore(
      payload,
      context(1, () => Promise.reject(lost)),
    );
    await expect(first).rejects.toBe(lost);
    expect((await world.vault.records.list('restores')).items).toMatchObject([
      { state: 'swapped', error: 'lost', proof: null },
    ]);
    expect(await world.vault.records.get('reports', 'unproven')).toMatchObject({
      result: 'failed',
      title: expect.stringContaining('not proven'),
    });
    await sql(url, 'create view strange as select 1');
    const mismatch = { code: 'INVENTORY_MISMATCH', advice: expect.stringContaining('--in-place') };
    await expect(world.engine.restore(payload, context(2))).rejects.toMatchObject(mismatch);
    await expect(world.engine.restore(payload, context(3))).rejects.toMatchObject(mismatch);
    await sql(url, 'drop view strange');
    const { record, report } = await world.engine.restore(payload, context(4));
    expect(record).toMatchObject({ state: 'swapped', attempt: 1, error: null, proof: { result: 'proven' } });
    expect(report.result).toBe('done');
    expect((await world.vault.records.list('restores')).items).toHaveLength(1);
  });

  it('is proven by what it committed, not by what others made of it while statistics were collected', async () => {
    const { world, payload, url } = await scene();
    const context = contextOf({
      onBorder: async (name) => {
        if (name === 'restore:analyze') await sql(url, 'create view migrated as select 1');
      },
    });
    const { record } = await world.engine.restore(payload, context);
    expect(record).toMatchObject({
      state: 'swapped',
      error: null,
      proof: { result: 'proven', differences: [] },
    });
  });

  it('shuts backups out for its whole length', async () => {
    const { world, payload } = await scene();
    const refused: unknown[] = [];
    const context = contextOf({
      onBorder: async (name) => {
        if (name !== 'restore:before-commit') return;
        await world.engine
          .backup(backupPayload(), contextOf())
          .catch((error: unknown) => refused.push(error));
      },
    });
    await world.engine.restore(payload, context);
    expect(refused).toMatchObject([{ code: 'LOCK_BUSY', retryable: true }]);
  });

  it.each([
    ['without its safety backup', { withoutSafety: true }, 'safety backup cannot be left out'],
    ['for a file of a stranger', { backup: undefined, file: 'theirs.sql' }, 'without a manifest of ours'],
    ['where there is no database', { into: 'nowhere_at_all' }, 'no database to restore into in place'],
  ])('is refused %s, by the plan too', async (_what, changes, why) => {
    const { world, payload } = await scene();
    const dump = '--\n-- PostgreSQL database dump\n--\n\n--\n-- PostgreSQL database dump complete\n--\n\n';
    await writeFile(join(world.folder, 'theirs.sql'), dump);
    await expect(world.engine.restore({ ...payload, ...changes }, contextOf())).rejects.toMatchObject({
      code: 'RESTORE_REFUSED',
      message: expect.stringContaining(why),
    });
    const { backup } = payload;
    const { obstacles } = await world.engine.plan(
      planPayload({ backup, inPlace: true, ...changes }),
      contextOf(),
    );
    expect(obstacles).toEqual([expect.stringContaining(why)]);
    expect((await world.vault.records.list('restores')).items).toEqual([]);
  });

  it('is refused in advance, with the figures, where its locks would not fit, by the plan too', async () => {
    const settings = { max_connections: '20', max_locks_per_transaction: '10' };
    await using server = await startPrivatePostgres({ durable: false, settings });
    await sql(server.url, 'create database live');
    const url = withDatabase(server.url, 'live');
    for (let n = 0; n < 100; n += 1) await sql(url, `create table t${n} (t text)`);
    using world = worldOf([configOf('sage', url)]);
    const { manifest } = await world.engine.backup(backupPayload(), contextOf());
    const wanted = { backup: manifest.id, inPlace: true };
    const why = /would need about \d+ locks in one transaction; the server has room for 240/;
    await expect(world.engine.restore(restorePayload(wanted), contextOf())).rejects.toMatchObject({
      code: 'RESTORE_REFUSED',
      message: expect.stringMatching(why),
      advice: expect.stringContaining('max_locks_per_transaction'),
    });
    expect((await world.engine.plan(planPayload(wanted), contextOf())).obstacles).toEqual([
      expect.stringMatching(why),
    ]);
    expect((await world.vault.records.list('restores')).items).toEqual([]);
    expect(await count(url, 't99')).toBe(0);
  });
});
