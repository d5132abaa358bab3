import { stat, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { changeManifest } from '@sagekeep/storage/testing';
import { afterEach, describe, expect, it } from 'vitest';
import { createDatabase, createRole, postgresUrl } from '../../support/servers.ts';
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

/** A backup whose database was as large as its manifest says. */
async function scene(databaseBytes: number, asOwner = false) {
  const owner = await createRole('CREATEDB');
  opened.push(() => owner.drop());
  const database = await createDatabase({ owner });
  opened.push(
    () => database.drop(),
    () => dropSiblings(database.dbname),
  );
  await sql(database.ownerUrl, 'create table t (i int); insert into t values (1)');
  const world = worldOf([configOf('sage', asOwner ? database.ownerUrl : database.url)]);
  opened.push(() => world[Symbol.dispose]());
  const { manifest } = await world.engine.backup(backupPayload(), contextOf());
  const path = join(world.folder, 'sage', manifest.id, 'manifest.json');
  await changeManifest(path, (told) => Object.assign(told, { databaseBytes }));
  const asked = planPayload({ backup: manifest.id });
  return { database, world, id: manifest.id, plan: () => world.engine.plan(asked, contextOf()) };
}

const petabytes = 4e15;

describe('the disk of the server', () => {
  it('is measured where its files lie, when that is this machine', async () => {
    const { plan } = await scene(1000);
    const [data] = await sql<{ setting: string }>(
      postgresUrl(),
      `select current_setting('data_directory') as setting`,
    );
    const { blocks, bsize } = await statfs(data?.setting ?? '');
    const { freeBytes, neededBytes, neededFor, obstacles } = await plan();
    expect(neededFor).toMatchObject({ copyBytes: 1000, reserveBytes: 1100 });
    expect(neededBytes).toBe(2100 + (neededFor?.safetyBytes ?? 0));
    expect(freeBytes).toBeGreaterThan(0);
    expect(freeBytes).toBeLessThanOrEqual(blocks * bsize);
    expect(obstacles).toEqual([]);
  });

  it('that has no room for the copy stops plan, restore and proof with the figures, before anything is made', async () => {
    const { plan, world, id, database } = await scene(petabytes);
    expect((await plan()).obstacles).toEqual([
      expect.stringMatching(/takes about 4000000\.00 GB, the reserve .*GB free/),
    ]);
    const refusal = (facts: object) => ({
      code: 'SPACE_MISSING',
      facts: { ...facts, freeBytes: expect.any(Number) },
    });
    const payload = restorePayload({ backup: id });
    await expect(world.engine.restore(payload, contextOf())).rejects.toMatchObject(
      refusal({ copyBytes: petabytes }),
    );
    const proving = world.engine.prove({ backup: id, drill: false, by: 'tester' }, contextOf());
    await expect(proving).rejects.toMatchObject(refusal({ neededBytes: petabytes }));
    expect((await world.vault.catalogue.get(id)).marks.proof).toBeNull();
    expect((await world.vault.records.list('restores')).items).toEqual([]);
    expect(await siblings(database.dbname)).toEqual([]);
  });

  it('that holds the storage too takes the safety backup as well, unless none is taken', async () => {
    const { world, id } = await scene(1000);
    const [data] = await sql<{ setting: string }>(
      postgresUrl(),
      `select current_setting('data_directory') as setting`,
    );
    const isOne = (await stat(world.folder)).dev === (await stat(data?.setting ?? '')).dev;
    const safetyOf = async (withoutSafety: boolean) => {
      const asked = planPayload({ backup: id, withoutSafety });
      return (await world.engine.plan(asked, contextOf())).neededFor?.safetyBytes ?? 0;
    };
    expect((await safetyOf(false)) > 0).toBe(isOne);
    expect(await safetyOf(true)).toBe(0);
  });

  it('is unknown, and said to be, to a user who may not ask', async () => {
    const { plan } = await scene(petabytes, true);
    const { freeBytes, warnings, obstacles } = await plan();
    expect(freeBytes).toBeNull();
    expect(obstacles).toEqual([]);
    expect(warnings).toContainEqual(expect.stringContaining('Nobody can tell'));
  });
});
