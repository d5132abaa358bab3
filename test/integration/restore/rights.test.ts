import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { SagekeepError } from '@sagekeep/contracts';
import { changeManifest } from '@sagekeep/storage/testing';
import { execa } from 'execa';
import { afterEach, describe, expect, it } from 'vitest';
import { createTools } from '../../../packages/engine/src/tools/index.ts';
import {
  createDatabase,
  createRole,
  postgresUrl,
  startPrivatePostgres,
  withParts,
} from '../../support/servers.ts';
import {
  backupPayload,
  configOf,
  contextOf,
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
});

const noneMade = async (url: string) =>
  expect(await sql(url, `select 1 from pg_database where datname ~ '_(aside|scratch|before)_'`)).toEqual([]);

/** A server of its own, so that "nothing was made" can be told of all of it. */
async function ownerOfVectors() {
  const server = await startPrivatePostgres({ durable: false });
  opened.push(() => server.stop());
  await sql(server.url, `create role keeper login createdb password 'k'; grant pg_read_all_data to keeper`);
  await sql(server.url, 'create database live owner keeper');
  const admin = withParts(server.url, { dbname: 'live' });
  await sql(admin, `create extension vector`);
  const url = withParts(admin, { user: 'keeper', password: 'k' });
  await sql(url, `create table items (v vector(2)); insert into items values ('[1,2]')`);
  const world = worldOf([configOf('sage', url)]);
  opened.push(() => world[Symbol.dispose]());
  return { server, url, admin, world };
}

describe('an extension that is bound to one database', () => {
  it('is an obstacle of plan, restore and proof, and nothing is made', async () => {
    const database = await createDatabase();
    opened.push(() => database.drop());
    const world = worldOf([configOf('sage', database.url)]);
    opened.push(() => world[Symbol.dispose]());
    const { id } = (await world.engine.backup(backupPayload(), contextOf())).manifest;
    // The servers here have none: the manifest alone tells of it.
    const extensions = [{ name: 'pg_cron', version: '1.6', schema: 'pg_catalog' }];
    const path = join(world.folder, 'sage', id, 'manifest.json');
    await changeManifest(path, (told) => Object.assign(told, { extensions }));
    const said = expect.stringContaining('cron.database_name');
    expect((await world.engine.plan(planPayload({ backup: id }), contextOf())).obstacles).toContainEqual(
      said,
    );
    const inPlace = await world.engine.plan(planPayload({ backup: id, inPlace: true }), contextOf());
    expect(inPlace.obstacles).not.toContainEqual(said);
    expect(inPlace.warnings).toContainEqual(said);
    const refusal = { code: 'RESTORE_REFUSED', message: said };
    const restoring = world.engine.restore(restorePayload({ backup: id }), contextOf());
    await expect(restoring).rejects.toMatchObject(refusal);
    const proving = world.engine.prove({ backup: id, drill: false, by: 'tester' }, contextOf());
    await expect(proving).rejects.toMatchObject(refusal);
    expect((await world.vault.catalogue.get(id)).marks.proof).toBeNull();
    expect(await siblings(database.dbname)).toEqual([]);
  });
});

describe('an extension that only a superuser may create', () => {
  it('is an obstacle by name for an owner who is none, and nothing is made', async () => {
    const { server, world } = await ownerOfVectors();
    const { manifest } = await world.engine.backup(backupPayload(), contextOf());
    const refusal = { code: 'PERMISSION_MISSING', message: expect.stringContaining('vector') };
    const plan = await world.engine.plan(planPayload({ backup: manifest.id }), contextOf());
    expect(plan.obstacles).toEqual([expect.stringMatching(/"keeper" may not create .* vector.*superuser/s)]);
    const payload = restorePayload({ backup: manifest.id });
    await expect(world.engine.restore(payload, contextOf())).rejects.toMatchObject({
      ...refusal,
      advice: expect.stringContaining('superuser'),
    });
    const inPlace = { ...payload, inPlace: true };
    await expect(world.engine.restore(inPlace, contextOf())).rejects.toMatchObject(refusal);
    const proving = world.engine.prove({ backup: manifest.id, drill: false, by: 'tester' }, contextOf());
    await expect(proving).rejects.toMatchObject(refusal);
    expect((await world.vault.catalogue.get(manifest.id)).marks.proof).toBeNull();
    expect((await world.vault.records.list('restores')).items).toEqual([]);
    await noneMade(server.url);
  });

  it('stops an untrusted file before anything is made, unless it is a harmless one', async () => {
    const database = await createDatabase();
    opened.push(
      () => database.drop(),
      () => dropSiblings(database.dbname),
    );
    await sql(database.url, 'create extension pageinspect; create table t (i int)');
    const world = worldOf([configOf('sage', database.url)]);
    opened.push(() => world[Symbol.dispose]());
    const { tools } = await createTools().forServer(15);
    for (const args of [['-Fp'], ['-Fc']]) {
      const { stdout } = await execa(tools.pgDump, ['-O', '-x', ...args, database.url], {
        encoding: 'buffer',
      });
      await writeFile(join(world.folder, 'file'), stdout);
      const asked = planPayload({ file: 'file' });
      const { obstacles } = await world.engine.plan(asked, contextOf());
      expect(obstacles).toEqual([expect.stringMatching(/pageinspect.*--trust-file/s)]);
      await expect(world.engine.restore(restorePayload({ file: 'file' }), contextOf())).rejects.toMatchObject(
        {
          code: 'PERMISSION_MISSING',
          advice: expect.stringContaining('--trust-file'),
        },
      );
    }
    expect(await siblings(database.dbname)).toEqual([]);
    expect((await world.vault.records.list('restores')).items).toEqual([]);
  });
});

describe('an ordinary owner', () => {
  const said = (words: RegExp) => expect.stringMatching(words);

  /** A live database with a backup, of a role that may do no more than it must. */
  async function ownedScene() {
    const [owner, other] = [await createRole('CREATEDB'), await createRole()];
    opened.push(
      () => other.drop(),
      () => owner.drop(),
    );
    const database = await createDatabase({ owner });
    opened.push(
      () => database.drop(),
      () => dropSiblings(database.dbname),
    );
    await sql(database.ownerUrl, 'create table t (i int); insert into t values (1)');
    const world = worldOf([configOf('sage', database.ownerUrl)]);
    opened.push(() => world[Symbol.dispose]());
    const backup = async () => (await world.engine.backup(backupPayload(), contextOf())).manifest.id;
    const obstacles = async (id: string, inPlace = false) =>
      (await world.engine.plan(planPayload({ backup: id, inPlace }), contextOf())).obstacles;
    return { owner, other, database, world, backup, obstacles };
  }

  it('hears before the copy is built which settings it may not carry over, and what to type', async () => {
    const { owner, other, database, world, backup, obstacles } = await ownedScene();
    const id = await backup();
    await sql(
      database.url,
      `alter database ${database.dbname} set log_statement = 'ddl';
       alter database ${database.dbname} set work_mem = '5MB';
       alter role ${other.name} in database ${database.dbname} set work_mem = '6MB'`,
    );
    const settings = () => sql(postgresUrl(), 'select * from pg_db_role_setting order by 1, 2');
    const before = await settings();
    const forbidden = said(
      new RegExp(
        `: log_statement, those of the role "${other.name}"\\..*SET ON PARAMETER "log_statement" TO`,
      ),
    );
    expect(await obstacles(id)).toEqual([forbidden]);
    expect(await obstacles(id, true)).toEqual([]);
    const payload = restorePayload({ backup: id });
    await expect(world.engine.restore(payload, contextOf())).rejects.toMatchObject({
      code: 'PERMISSION_MISSING',
      advice: said(/GRANT SET ON PARAMETER/),
    });
    expect((await world.vault.records.list('restores')).items).toEqual([]);
    expect(await settings()).toEqual(before);
    const { typed } = /As a superuser: (?<typed>.*;) Or/.exec((await obstacles(id))[0] ?? '')?.groups ?? {};
    opened.push(() => sql(postgresUrl(), `drop owned by ${owner.name}`));
    await sql(postgresUrl(), typed ?? '');
    expect(await obstacles(id)).toEqual([]);
    const { record } = await world.engine.restore(payload, contextOf());
    expect(record).toMatchObject({ state: 'swapped' });
  });

  it('hears the same before an undo shuts anybody out', async () => {
    const { owner, other, database, world, backup } = await ownedScene();
    const { record } = await world.engine.restore(restorePayload({ backup: await backup() }), contextOf());
    const undo = async () => {
      const context = contextOf();
      const undone = world.engine.undo({ database: 'sage', restore: 'latest', by: 'tester' }, context);
      const advice = await undone.then(
        () => 'none',
        (error: SagekeepError) => `${error.code} ${error.advice}`,
      );
      return { phases: context.phases, advice };
    };
    const name = database.dbname;
    opened.push(() => sql(postgresUrl(), `drop owned by ${owner.name}`));
    for (const [obstacle, grant] of [
      [`alter role ${owner.name} nocreatedb`, `ALTER ROLE "${owner.name}" CREATEDB`],
      [`alter database ${name} owner to ${other.name}`, `GRANT "${other.name}" TO "${owner.name}"`],
      [
        `alter database ${name} set log_statement = 'ddl'`,
        `GRANT SET ON PARAMETER "log_statement" TO "${owner.name}"`,
      ],
    ] as const) {
      await sql(postgresUrl(), obstacle);
      const refused = await undo();
      expect(refused).toEqual({ phases: [], advice: expect.stringMatching(/^PERMISSION_MISSING /) });
      expect(refused.advice).toContain(grant);
      expect(refused.advice).not.toContain('--in-place');
      expect(await world.vault.records.get('restores', record.id)).toMatchObject({ state: 'swapped' });
      await sql(postgresUrl(), grant);
    }
    expect(await undo()).toEqual({ phases: ['swap', 'done'], advice: 'none' });
  });

  it('hears which owners in the backup it is no member of', async () => {
    const { owner, other, database, world, backup, obstacles } = await ownedScene();
    await sql(
      database.url,
      `create table theirs (i int); alter table theirs owner to ${other.name}; grant select on theirs to ${owner.name}`,
    );
    const id = await backup();
    const grant = `GRANT "${other.name}" TO "${owner.name}";`;
    for (const inPlace of [false, true]) {
      expect(await obstacles(id, inPlace)).toEqual([said(new RegExp(grant))]);
      const restoring = world.engine.restore(restorePayload({ backup: id, inPlace }), contextOf());
      await expect(restoring).rejects.toMatchObject({
        code: 'PERMISSION_MISSING',
        advice: said(new RegExp(grant)),
      });
    }
    await sql(postgresUrl(), grant);
    expect(await obstacles(id)).toEqual([]);
  });
});
