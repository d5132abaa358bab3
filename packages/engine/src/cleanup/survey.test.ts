import { SagekeepError } from '@sagekeep/contracts';
import { createVault, type Storage } from '@sagekeep/storage';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { survey } from './survey.ts';
import { exampleDatabase, now, openScene, type Scene } from './testing/scene.ts';

let scene: Scene;
beforeEach(async () => {
  scene = await openScene();
});
afterEach(async () => {
  await scene[Symbol.asyncDispose]();
});

it('deletes nothing of a database while one of its backups cannot be read', async () => {
  const [newest = '', , old] = [await scene.backup(0), await scene.backup(6), await scene.backup(14)];
  const failing: Storage = {
    ...scene.storage,
    read: (key, maxBytes) =>
      key === `sage/${newest}/manifest.json`
        ? Promise.reject(new SagekeepError('STORAGE_FAILED', 'EIO', { retryable: true }))
        : scene.storage.read(key, maxBytes),
  };
  const lookAt = async (storage: Storage) => {
    const vault = createVault({ storage, now: () => now });
    const deps = { vault, databases: [exampleDatabase('sage')], now: () => now };
    const { actions } = await survey(deps, 'sage', { backups: [], known: true });
    return actions;
  };
  const deletions = (await lookAt(scene.storage)).filter(({ action }) => action === 'delete');
  expect(deletions.map(({ backup }) => backup)).toEqual([old]);
  const frozen = await lookAt(failing);
  expect(frozen.map(({ action }) => action)).toEqual(['keep', 'keep', 'keep']);
  expect(frozen.find(({ backup }) => backup === old)?.reason).toBe(
    `nothing is deleted while ${newest} cannot be read`,
  );
  expect(frozen.find(({ backup }) => backup === newest)?.reason).toMatch(/^damaged: it cannot be read/);
});
