import { readFile } from 'node:fs/promises';
import { Manifest } from '@sagekeep/contracts';
import { describe, expect, it } from 'vitest';
import { compareInventories } from '../../../packages/engine/src/inventory/index.ts';
import { runTool } from '../../../packages/engine/src/tools/index.ts';
import { administer, createDatabase } from '../../support/servers.ts';
import { createSubject, testContext } from './harness.ts';
import { nastySchema } from './nasty.ts';
import {
  common,
  inventoryOf,
  pathOf,
  restoreCustom,
  restoreSql,
  sqlOf,
  toolsFor,
  withoutKey,
} from './reading.ts';

async function nastyDatabase() {
  const database = await createDatabase({ name: `na"sty=' 😀 ${process.pid} ${performance.now()}` });
  await administer((client) => client.query(nastySchema('postgres')), database.url);
  return database;
}

describe('a backup of everything that is hard', () => {
  it('restores by hand from either format to exactly what its inventory says', async () => {
    await using database = await nastyDatabase();
    await using subject = await createSubject(database.url);
    const { manifest } = await subject.backup();

    await using fromCustom = await createDatabase();
    await restoreCustom(fromCustom.url, pathOf(subject.folder, manifest, 'custom'));
    await using fromSql = await createDatabase();
    await restoreSql(fromSql.url, await sqlOf(subject.folder, manifest));

    for (const restored of [fromCustom, fromSql]) {
      const actual = await inventoryOf(restored.url, manifest.inventory);
      expect(compareInventories(manifest.inventory, actual, { sameMajor: true })).toEqual([]);
    }
  });

  it('runs nothing that the name of a database says, neither of the source nor of the target', async () => {
    await using other = await createDatabase();
    const name = `x"; drop database ${other.dbname}; --`;
    await using database = await createDatabase({ name });
    await administer((client) => client.query('create table y as select 1 as a'), database.url);
    await using subject = await createSubject(database.url);
    const { manifest } = await subject.backup();
    expect(manifest).toMatchObject({ dbname: name, inventory: { tables: [{ name: 'public.y', rows: 1 }] } });
    await using fromCustom = await createDatabase({ name: `${name} 2` });
    await restoreCustom(fromCustom.url, pathOf(subject.folder, manifest, 'custom'));
    await using fromSql = await createDatabase({ name: `${name} 3` });
    await restoreSql(fromSql.url, await sqlOf(subject.folder, manifest));
    for (const { url } of [fromCustom, fromSql]) {
      const actual = await inventoryOf(url, manifest.inventory);
      expect(compareInventories(manifest.inventory, actual, { sameMajor: true })).toEqual([]);
    }
    expect((await inventoryOf(other.url)).tables).toEqual([]);
  });

  it('counts what PostgreSQL counts', async () => {
    await using database = await nastyDatabase();
    await using subject = await createSubject(database.url);
    const { inventory } = (await subject.backup()).manifest;
    const rows = Object.fromEntries(inventory.tables.map((table) => [table.name, table.rows]));
    expect(rows).toMatchObject({
      ...{ 'public.a': 1000, 'public.zero': 2, 'public.child': 1, 'public.parent': 1, 'public.unlogged': 1 },
      ...{ 'public.ranged1': 50, 'public.ranged2': 50, 'public.empty_one': 0, 'public.long_rows': 4 },
      '"we ird""s\nchema"."t😀\'(b, c)"': 5,
    });
    expect((rows['public.hashed0'] ?? 0) + (rows['public.hashed1'] ?? 0)).toBe(100);
    const nullsOf = (name: string) => inventory.tables.find((table) => table.name === name)?.nulls;
    expect(nullsOf('public.a')).toEqual({ id: 0, t: 333, n: 0 });
    expect(nullsOf('public.long_rows')).toEqual({ t: 1, n: 1 });
    expect(inventory.sequences).toContainEqual({
      name: 'public.big',
      value: '9007199254740993',
      called: true,
    });
    expect(inventory.sequences).toContainEqual({ name: 'public.untouched', value: '1', called: false });
    expect(inventory.largeObjects).toMatchObject({ count: 3, bytes: 100_005 });
  });

  it('holds one backup in two formats: the SQL is what pg_restore makes of the archive', async () => {
    await using database = await nastyDatabase();
    await using subject = await createSubject(database.url);
    const { manifest } = await subject.backup();
    const derived = await runTool({
      ...common,
      file: (await toolsFor(database.url)).pgRestore,
      args: ['-f', '-', pathOf(subject.folder, manifest, 'custom')],
    });
    expect(withoutKey(await sqlOf(subject.folder, manifest))).toBe(withoutKey(derived));
  });

  it('notices every kind of change in a restored copy', async () => {
    await using database = await nastyDatabase();
    await using subject = await createSubject(database.url);
    const { manifest } = await subject.backup();
    await administer(
      (client) =>
        client.query(`
          update a set t = 'row X' where id = 5;
          update hashed set v = v + 1 where v = 7;
          select setval('big', 3);
          select lo_put(900001, 0, 'j');
          drop function fake();
          create index extra on a (t);
          alter table unlogged set logged`),
      database.url,
    );
    const actual = await inventoryOf(database.url, manifest.inventory);
    const found = compareInventories(manifest.inventory, actual, { sameMajor: true });
    const told = found.map(({ kind, change, name }) => `${kind} ${change} ${name}`);
    expect(told).toEqual(
      expect.arrayContaining([
        ...['content different public.a', 'content different public.hashed', 'sequence different public.big'],
        ...['large-objects different large objects', 'entry missing FUNCTION public.fake()'],
        ...['entry unexpected INDEX public.extra', 'entry different TABLE public.unlogged'],
      ]),
    );
  });
});

describe('the manifest', () => {
  it('parses, and its files are what lies in the folder', async () => {
    await using database = await createDatabase({ template: 'sample' });
    await using subject = await createSubject(database.ownerUrl);
    const late = 'A late run: it was planned for 2026-11-22T02:00:00.000Z.';
    const context = { ...testContext(), late };
    const { manifest, report } = await subject.backup(context, { label: 'first', hold: 'look at it' });
    expect(report.sections[0]?.facts).toContainEqual({ name: 'run', value: late });
    expect(Manifest.parse(manifest)).toEqual(manifest);
    expect(manifest.files.map(({ format }) => format).sort()).toEqual(['custom', 'globals', 'sql']);
    for (const { name, bytes } of manifest.files) {
      const path = pathOf(
        subject.folder,
        manifest,
        manifest.files.find((f) => f.name === name)?.format ?? '',
      );
      expect((await readFile(path)).length).toBe(bytes);
    }
    expect(manifest).toMatchObject({ dbname: database.dbname, label: 'first', jobId: context.jobId });
    expect(manifest.roles).toContain('sage');
    expect(manifest.extensions.map(({ name }) => name)).toContain('vector');
    expect(manifest.inventory.tables).toContainEqual(
      expect.objectContaining({ name: 'public.memories', rows: 400 }),
    );
    expect((await subject.vault.catalogue.get(manifest.id)).marks.hold?.reason).toBe('look at it');
    expect(await subject.vault.records.get('reports', context.jobId)).toEqual(report);
    expect(await readFile(pathOf(subject.folder, manifest, 'globals'), 'utf8')).toContain(
      'CREATE ROLE "sage"',
    );
  });

  it('tells the properties that no dump carries', async () => {
    await using database = await createDatabase();
    const name = `"${database.dbname}"`;
    await administer(async (client) => {
      await client.query(`comment on database ${name} is 'kept'`);
      await client.query(`alter database ${name} connection limit 42`);
      await client.query(`alter database ${name} set work_mem to '7MB'`);
      await client.query(`revoke connect on database ${name} from public`);
    });
    await using subject = await createSubject(database.url);
    const { properties } = (await subject.backup()).manifest;
    expect(properties).toMatchObject({ comment: 'kept', connectionLimit: 42, encoding: 'UTF8' });
    expect(properties.settings).toEqual([{ role: null, setting: 'work_mem=7MB' }]);
    expect(properties.acl).not.toBeNull();
  });
});

describe('what is easily left out', () => {
  it('rows of the configuration tables of extensions are in it, rows of their other tables are not', async () => {
    await using database = await createDatabase();
    await administer(
      (client) =>
        client.query(`
          create extension vector; create table settings (a int); create table own (a int);
          insert into settings values (1), (2); insert into own values (3);
          alter extension vector add table settings; alter extension vector add table own;
          update pg_extension set extconfig = array['settings'::regclass::oid], extcondition = array['where a > 1']
           where extname = 'vector'`),
      database.url,
    );
    await using subject = await createSubject(database.url);
    const { inventory } = (await subject.backup()).manifest;
    expect(inventory.tables).toMatchObject([{ name: 'public.settings', rows: 1 }]);
  });

  it('what no dump can hold is a warning', async () => {
    await using database = await createDatabase();
    await administer(
      (client) =>
        client.query(`
          create function same(text, int) returns boolean language sql as 'select $1 = $2::text';
          create operator === (function = same, leftarg = text, rightarg = int, commutator = ====);
          create foreign data wrapper nowhere; create server far foreign data wrapper nowhere;
          create foreign table elsewhere (a int) server far`),
      database.url,
    );
    await using subject = await createSubject(database.url);
    const { warnings } = (await subject.backup()).manifest;
    expect(warnings).toEqual([
      expect.stringMatching(/foreign table.*elsewhere/),
      expect.stringMatching(/operator without a function: ====/),
      expect.stringContaining('globals.sql holds the stored passwords'),
    ]);
  });
});

describe('one job', () => {
  it('makes one backup, however often it runs', async () => {
    await using database = await createDatabase();
    await using subject = await createSubject(database.url);
    const first = await subject.backup(testContext({ jobId: 'once' }));
    const second = await subject.backup(testContext({ jobId: 'once', attempt: 2 }));
    expect(second.manifest.id).toBe(first.manifest.id);
    expect((await subject.left()).listed).toEqual([first.manifest.id]);
    expect(first.report.sections.map(({ title }) => title)).toContain('Last cleanup');
  });

  it('tells its phases, and never more than 99 before it is published', async () => {
    await using database = await createDatabase({ template: 'sample' });
    await using subject = await createSubject(database.url);
    const seen: number[] = [];
    const context: ReturnType<typeof testContext> = testContext({
      async onBorder(name) {
        if (name === 'backup:publish') return;
        seen.push(Math.max(...context.told.map(({ progress }) => progress)));
        expect((await subject.left()).listed).toEqual([]);
      },
    });
    await subject.backup(context);
    expect(context.borders).toEqual(
      ['preflight', 'snapshot', 'dump', 'globals', 'store', 'derive', 'check', 'publish'].map(
        (phase) => `backup:${phase}`,
      ),
    );
    expect(Math.max(...seen)).toBeLessThan(100);
    expect(context.told.at(-1)).toMatchObject({ progress: 100 });
    expect(context.told.map(({ progress }) => progress)).toEqual(
      context.told.map(({ progress }) => progress).sort((x, y) => x - y),
    );
  });

  it.each([
    { formats: ['custom'], files: ['custom', 'globals'] },
    { formats: ['sql'], files: ['globals', 'sql'] },
  ] as const)('may ask for $formats only, with the same inventory', async ({ formats, files }) => {
    await using database = await createDatabase({ template: 'sample' });
    await using subject = await createSubject(database.url);
    const both = await subject.backup();
    const one = await subject.backup(testContext(), { formats: [...formats] });
    expect(one.manifest.files.map(({ format }) => format).sort()).toEqual(files);
    expect(one.manifest.inventory).toEqual(both.manifest.inventory);
  });
});
