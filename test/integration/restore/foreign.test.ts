import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { execa } from 'execa';
import { afterEach, describe, expect, it } from 'vitest';
import { createTools } from '../../../packages/engine/src/tools/index.ts';
import { createDatabase, createRole, postgresUrl } from '../../support/servers.ts';
import {
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

const opened: (() => Promise<unknown> | unknown)[] = [];
afterEach(async () => {
  for (const close of opened.splice(0).reverse()) await close();
  expect(
    await sql(postgresUrl(), `select rolname from pg_roles where rolname ~ '^sagekeep_untrusted'`),
  ).toEqual([]);
});

async function scene(template: 'empty' | 'sample' = 'empty') {
  const database = await createDatabase({ template });
  opened.push(
    () => database.drop(),
    () => dropSiblings(database.dbname),
  );
  const world = worldOf([configOf('sage', database.url)]);
  opened.push(() => world[Symbol.dispose]());
  const put = (name: string, content: string | Uint8Array) => writeFile(join(world.folder, name), content);
  const restore = (file: string, changes: Parameters<typeof restorePayload>[0] = {}) =>
    world.engine.restore(restorePayload({ file, ...changes }), contextOf());
  return { database, world, put, restore };
}

/** As the old scripts called it. */
async function pgDump(url: string, ...args: string[]): Promise<Buffer> {
  const { tools } = await createTools().forServer(15);
  const { stdout } = await execa(tools.pgDump, ['--no-owner', '--no-privileges', ...args, url], {
    encoding: 'buffer',
  });
  return Buffer.from(stdout);
}

describe('the files of the old scripts', () => {
  it.each([
    ['sage_backup_20251122_020000.sql', [], (bytes: Buffer) => bytes],
    ['sage_backup_20251122_020000.sql.custom', ['-Fc'], (bytes: Buffer) => bytes],
    ['safe.sql.gz', [], gzipSync],
    ['safe.sql.zst', [], zstdCompressSync],
    ['safe.custom.gz', ['-Fc', '-Z0'], gzipSync],
  ])('come back: %s', async (name, args, pack) => {
    const { database, put, restore } = await scene('sample');
    await put(name, pack(await pgDump(database.url, ...args)));
    await sql(database.url, 'drop table sessions; delete from memories where session_id is not null');
    const { record, report } = await restore(name);
    expect(record).toMatchObject({ state: 'swapped', backup: null, source: name });
    expect(record.proof).toMatchObject({ result: 'content-proven' });
    expect(record.differences.filter((difference) => difference.excuse === undefined)).toEqual([]);
    expect(JSON.stringify(report)).toContain('no inventory of its source existed');
    expect([await count(database.url, 'memories'), await count(database.url, 'sessions')]).toEqual([400, 12]);
    const owners = await sql(
      database.url,
      `select distinct tableowner from pg_tables where schemaname = 'public'`,
    );
    expect(owners).toEqual([{ tableowner: 'sage' }]);
    expect(await sql(database.url, `select '[1,2]'::vector <-> '[1,2]' as distance`)).toEqual([
      { distance: 0 },
    ]);
  });

  it('are planned as what they are', async () => {
    const { database, put, world } = await scene('sample');
    await put('old.sql', await pgDump(database.url));
    const plan = await world.engine.plan(planPayload({ file: 'old.sql' }), contextOf());
    expect(plan).toMatchObject({ untrusted: true, backup: null, obstacles: [] });
    expect(plan.warnings.join()).toContain('restored by a role that may do nothing else');
    const trusted = await world.engine.plan(planPayload({ file: 'old.sql', trustFile: true }), contextOf());
    expect(trusted.untrusted).toBe(false);
    expect(trusted.planHash).not.toBe(plan.planHash);
    expect(trusted.warnings.join()).toContain('with every right of the user of the database URL');
    expect(plan.tables).toContainEqual(
      expect.objectContaining({ name: 'public.memories', rowsNow: 400, rowsThen: 400 }),
    );
  });
});

const head = `--\n-- PostgreSQL database dump\n--\n\n-- Dumped from database version 15.0\n-- Dumped by pg_dump version 15.0\n\n`;
const tail = `\n--\n-- PostgreSQL database dump complete\n--\n\n`;

it.each([
  ['as it was written, is for a server as new', 'SET transaction_timeout = 0;\n', 170_000],
  ['edited for older servers, loads into them', '', 0],
])('a script by pg_dump 17, %s', async (_what, setting, serverFrom) => {
  const { database, put, restore } = await scene();
  const written = head.replace('pg_dump version 15.0', 'pg_dump version 17.5');
  await put('newer.sql', `${written}SET statement_timeout = 0;\n${setting}CREATE TABLE t (i int);\n${tail}`);
  const [server] = await sql<{ num: number }>(
    database.url,
    `select current_setting('server_version_num')::int as num`,
  );
  const outcome = await restore('newer.sql').catch((error: unknown) => error);
  expect(outcome).toMatchObject(
    Number(server?.num) < serverFrom ? { code: 'VERSION_MISMATCH' } : { record: { state: 'swapped' } },
  );
});

describe('an untrusted file', () => {
  const evidence = `/tmp/sagekeep-evidence-${process.pid}`;
  it.each([
    ['a program by psql, in mid-line', `SELECT 1 \\! touch ${evidence}\n;`],
    [
      'a program by psql, after the lexer was misled',
      `SET standard_conforming_strings = off;\nSELECT '\\\\'; \\! touch ${evidence}\n--';`,
    ],
    ['a program by the server', `CREATE TABLE t (x text);\nCOPY t FROM PROGRAM 'touch ${evidence}';`],
    ['a file of the server', `CREATE TABLE t AS SELECT pg_read_file('/etc/passwd');`],
    ['another role', `CREATE TABLE t (i int);\nRESET ROLE;\nSET ROLE postgres;`],
    ['another login', `SET SESSION AUTHORIZATION postgres;`],
    ['another database', `CREATE TABLE t (i int);\n\\connect postgres\nCREATE TABLE u (i int);`],
    ['a superuser', `CREATE ROLE evil SUPERUSER;`],
    ['our own restriction lifted', `CREATE TABLE t (i int);\n\\unrestrict abc\n\\! touch ${evidence}`],
    [
      'its own key in the middle',
      `CREATE TABLE t (i int);\n\\restrict abc\n\\unrestrict abc\n\\! touch ${evidence}`,
    ],
  ])('gets no %s', async (_what, body) => {
    const { database, put, restore, world } = await scene();
    await sql(database.url, 'create table live (i int)');
    await put('hostile.sql', head + body + tail);
    await expect(restore('hostile.sql')).rejects.toMatchObject({ name: 'SagekeepError' });
    expect(existsSync(evidence)).toBe(false);
    expect(await count(database.url, 'live')).toBe(0);
    expect(await siblings(database.dbname)).toEqual([]);
    expect(await sql(postgresUrl(), `select 1 from pg_roles where rolname = 'evil'`)).toEqual([]);
    expect((await world.vault.records.list('restores')).items).toMatchObject([{ state: 'failed' }]);
  });

  it('that leaves a prepared transaction behind is refused for it, and its copy is dropped all the same', async () => {
    const { database, put, restore } = await scene();
    const gid = `left by ${database.dbname}`;
    const body = `CREATE TABLE t (i int);\nBEGIN;\nINSERT INTO t VALUES (1);\nPREPARE TRANSACTION '${gid}';\n`;
    await put('prepares.sql', head + body + tail);
    await expect(restore('prepares.sql')).rejects.toMatchObject({
      code: 'RESTORE_REFUSED',
      message: expect.stringContaining(gid),
    });
    expect(await siblings(database.dbname)).toEqual([]);
  });

  it('cannot lend itself the rights of whoever drops its copy', async () => {
    const { database, put, restore } = await scene();
    const gid = `trap of ${database.dbname}`;
    const mark = `trapped_${database.dbname.replaceAll(/\W/g, '_')}`;
    // Whoever enters with the search path of this database, and a right to make roles, makes one.
    const body = `CREATE SCHEMA evil;
CREATE FUNCTION evil.spring() RETURNS text LANGUAGE plpgsql AS $f$
BEGIN EXECUTE 'create role ${mark}'; RETURN 'x'; END $f$;
CREATE VIEW evil.pg_prepared_xacts AS
  SELECT evil.spring() AS gid, current_database() AS database, current_user AS owner;
CREATE FUNCTION evil.set_config(text, text, boolean) RETURNS text LANGUAGE sql AS 'select evil.spring()';
CREATE TABLE t (i int);
DO $d$ BEGIN
  EXECUTE format('ALTER DATABASE %I SET search_path = evil, pg_catalog', current_database());
END $d$;
BEGIN;
INSERT INTO t VALUES (1);
PREPARE TRANSACTION '${gid}';
`;
    await put('trap.sql', head + body + tail);
    await expect(restore('trap.sql')).rejects.toMatchObject({ code: 'RESTORE_REFUSED' });
    expect(await siblings(database.dbname)).toEqual([]);
    expect(await sql(database.url, `select from pg_roles where rolname = '${mark}'`)).toEqual([]);
    expect(await sql(database.url, `select from pg_prepared_xacts where gid = '${gid}'`)).toEqual([]);
  });

  it('may hold text that only looks like an attack', async () => {
    const { put, restore, database } = await scene();
    const body = `CREATE FUNCTION f() RETURNS text LANGUAGE sql AS $$ select '\\! rm -rf /' $$;\n`;
    await put('harmless.sql', `${head}\\restrict abc\n\n${body}${tail}\\unrestrict abc\n\n`);
    const { record } = await restore('harmless.sql');
    expect(record.state).toBe('swapped');
    expect(await sql(database.url, 'select f()')).toEqual([{ f: '\\! rm -rf /' }]);
  });

  it('in custom format runs as that role too', async () => {
    const { database, put, restore } = await scene();
    await sql(database.url, `create materialized view m as select pg_read_file('PG_VERSION') as text`);
    await put('hostile.custom', await pgDump(database.url, '-Fc'));
    await expect(restore('hostile.custom')).rejects.toMatchObject({ code: 'PERMISSION_MISSING' });
    expect(await siblings(database.dbname)).toEqual([]);
  });

  it.each([
    ['plain.sql', ['--format=plain']],
    ['plain.custom', ['--format=custom']],
  ])('with owners and grants, as pg_dump writes it: %s', async (name, args) => {
    const [owner, reader] = [await createRole(), await createRole()];
    opened.push(owner.drop, reader.drop);
    const { database, put, restore } = await scene();
    await sql(
      database.url,
      `create schema "odd ; schema"; alter schema "odd ; schema" owner to ${owner.name};
       create table notes (id serial primary key, text text); insert into notes (text) values ('GRANT me TO you;');
       alter table notes owner to ${owner.name}; grant select (text) on notes to ${reader.name};
       create function f(a int, b text) returns text language sql as 'select b'; alter function f owner to ${owner.name};
       create operator === (leftarg = int, rightarg = int, function = int4eq); alter operator === (int, int) owner to ${owner.name};
       alter default privileges for role ${owner.name} grant select on tables to ${reader.name}; select lo_from_bytea(77, 'x')`,
    );
    const { tools } = await createTools().forServer(15);
    const { stdout } = await execa(tools.pgDump, [...args, database.url], { encoding: 'buffer' });
    await put(name, stdout);
    await sql(database.url, 'drop table notes');
    const { record, report } = await restore(name);
    expect(record).toMatchObject({ state: 'swapped', proof: { result: 'content-proven' } });
    expect(JSON.stringify(report)).toContain('Owners and privileges that the file names were left out');
    expect(await sql(database.url, 'select text, f(1, text) from notes')).toEqual([
      { text: 'GRANT me TO you;', f: 'GRANT me TO you;' },
    ]);
    expect(
      await sql(database.url, 'select distinct tableowner from pg_tables where tablename = $$notes$$'),
    ).toEqual([{ tableowner: database.owner }]);
  });

  it('that has text like a grant inside a function is refused rather than changed', async () => {
    const { database, put, restore } = await scene();
    const body = 'CREATE FUNCTION f() RETURNS text LANGUAGE sql AS $b$select $q$\nGRANT a TO b;\n$q$ $b$;\n';
    await put('body.sql', head + body + tail);
    await expect(restore('body.sql')).rejects.toMatchObject({
      code: 'RESTORE_REFUSED',
      advice: expect.stringContaining('--trust-file'),
    });
    expect(await siblings(database.dbname)).toEqual([]);
    await restore('body.sql', { trustFile: true });
    expect(await sql(database.url, 'select f()')).toEqual([{ f: '\nGRANT a TO b;\n' }]);
  });

  it('is run as the configured user only when a person trusts it, and that is recorded', async () => {
    const { database, put, restore } = await scene();
    await sql(database.url, `create materialized view m as select pg_read_file('PG_VERSION') as text`);
    await put('known.custom', await pgDump(database.url, '-Fc'));
    const { record } = await restore('known.custom', { trustFile: true });
    expect(record).toMatchObject({ state: 'swapped', trustFile: true });
  });

  it('is refused with advice where the role for it cannot be made', async () => {
    await using owner = await createRole('CREATEDB');
    const database = await createDatabase({ owner });
    const world = worldOf([configOf('sage', database.ownerUrl)]);
    await writeFile(join(world.folder, 'x.sql'), head + tail);
    await expect(world.engine.restore(restorePayload({ file: 'x.sql' }), contextOf())).rejects.toMatchObject({
      code: 'PERMISSION_MISSING',
      advice: expect.stringContaining('--trust-file'),
    });
    world[Symbol.dispose]();
    await dropSiblings(database.dbname);
    await database.drop();
  });
});

describe('a file that is no dump', () => {
  it.each([
    ['empty', '', 'INVALID_INPUT'],
    ['something else', 'Dear backup, …', 'INVALID_INPUT'],
    ['random gzip', gzipSync('hello'), 'INVALID_INPUT'],
    ['cut off in the middle', `${head}CREATE TABLE t (i int);\n`, 'FILE_DAMAGED'],
  ])('is refused before anything is made: %s', async (_what, content, code) => {
    const { put, restore, database, world } = await scene();
    await put('file.sql', content);
    await expect(restore('file.sql')).rejects.toMatchObject({ code });
    expect(await siblings(database.dbname)).toEqual([]);
    expect((await world.vault.records.list('restores')).items).toEqual([]);
  });

  it('or an archive that is cut off', async () => {
    const { put, restore, database, world } = await scene('sample');
    const whole = await pgDump(database.url, '-Fc');
    await put('cut.custom', whole.subarray(0, whole.length - 5000));
    await expect(restore('cut.custom')).rejects.toMatchObject({ name: 'SagekeepError' });
    expect((await world.vault.records.list('restores')).items).toEqual([]);
    await expect(restore('../etc/passwd')).rejects.toMatchObject({ code: 'UNKNOWN_FILE' });
    await expect(restore('.attempts/x')).rejects.toMatchObject({ code: 'UNKNOWN_FILE' });
    expect(await readFile(join(world.folder, 'cut.custom'))).toHaveLength(whole.length - 5000);
  });
});
