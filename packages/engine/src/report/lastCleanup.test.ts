import { afterEach, beforeEach, expect, it } from 'vitest';
import { openScene, type Scene } from '../cleanup/testing/scene.ts';
import { lastCleanup } from './lastCleanup.ts';

let scene: Scene;
beforeEach(async () => {
  scene = await openScene();
});
afterEach(() => scene[Symbol.asyncDispose]());

const factsOf = async (database: string) => {
  const { facts } = await lastCleanup(scene.vault.records, database);
  return Object.fromEntries(facts.map(({ name, value }) => [name, value]));
};

it('tells what the last cleanup of the database removed, and nothing of dry runs and other databases', async () => {
  expect(await factsOf('sage')).toEqual({ time: 'none is on record' });
  const old = await scene.backup(40);
  for (const days of [1, 2, 3, 4]) await scene.backup(days);
  await scene.cleanup({ payload: { dryRun: true }, context: { jobId: 'dry' } });
  expect(await factsOf('sage')).toEqual({ time: 'none is on record' });
  await scene.cleanup({ payload: { database: 'other' }, context: { jobId: 'others' } });
  expect(await factsOf('sage')).toEqual({ time: 'none is on record' });
  expect(await factsOf('other')).toMatchObject({ report: 'others', deleted: '0' });
  scene.clock = new Date(scene.clock.getTime() + 1000);
  await scene.cleanup({ context: { jobId: 'all' } });
  expect(await factsOf('sage')).toMatchObject({ report: 'all', result: 'done', deleted: '1' });
  const { table } = await lastCleanup(scene.vault.records, 'sage');
  expect(table?.rows).toEqual([['backup', old, expect.stringMatching(/^\d+$/), expect.any(String)]]);
});

it('knows the last cleanup whatever else was reported since, and reads no report for it', async () => {
  await scene.cleanup({ context: { jobId: 'nightly' } });
  for (const { id } of (await scene.vault.records.list('reports')).items)
    await scene.vault.records.remove('reports', id);
  scene.clock = new Date(scene.clock.getTime() + 1000);
  const named = scene.cleanup({ payload: { kept: 'typo' }, context: { jobId: 'by name' } });
  await named.catch(() => undefined);
  expect(await factsOf('sage')).toMatchObject({ report: 'nightly', result: 'done' });
});
