import { join } from 'node:path';
import { Readable } from 'node:stream';
import { SagekeepError } from '@sagekeep/contracts';
import { createFolderStorage, createVault, type Storage } from '@sagekeep/storage';
import { afterEach, expect, it } from 'vitest';
import { scrub } from '../../../packages/engine/src/proof/index.ts';
import { backupPayload, contextOf } from '../restore/harness.ts';
import { closeScenes, flip, notes, scene } from './scene.ts';

afterEach(closeScenes);

it('marks every backup whole or damaged, and says which files', async () => {
  const { world, manifest, folder } = await scene(notes);
  expect(await world.engine.scrub({ by: 'tester' }, contextOf())).toMatchObject({
    status: 'pass',
    whole: 1,
    damaged: [],
    bytes: manifest.files.reduce((sum, file) => sum + file.bytes, 0),
  });
  const name = manifest.files.find((file) => file.format === 'sql')?.name ?? '';
  await flip(join(folder, name));
  expect(await world.engine.scrub({ by: 'tester' }, contextOf())).toMatchObject({
    status: 'fail',
    whole: 0,
    damaged: [manifest.id],
  });
  const { marks } = await world.vault.catalogue.get(manifest.id);
  expect(marks.scrub).toMatchObject({ result: 'damaged', damaged: [name] });
});

/** The storage of a world with a bad sector in one object. */
function withBadSector(folder: string, bad: string) {
  const storage = createFolderStorage({ folder });
  const failing: Storage = {
    ...storage,
    open: async (key, options) =>
      key.endsWith(bad) ? Readable.from(unreadable()) : await storage.open(key, options),
  };
  return createVault({ storage: failing, now: () => new Date() });
}

async function* unreadable() {
  yield Buffer.from('PGDMP');
  throw new SagekeepError('STORAGE_FAILED', 'The storage failed (EIO).', { retryable: true });
}

it('reads on when a backup cannot be read, and fails at the end with its name', async () => {
  const { world, manifest } = await scene(notes);
  const { manifest: later } = await world.engine.backup(backupPayload(), contextOf());
  const vault = withBadSector(world.folder, manifest.files[0]?.name ?? '');
  const scrubbed = scrub({ vault, databases: [], now: () => new Date() }, { by: 'tester' }, contextOf());
  await expect(scrubbed).rejects.toMatchObject({
    code: 'STORAGE_FAILED',
    retryable: true,
    message: expect.stringContaining(`${manifest.id}: The storage failed (EIO)`),
    facts: { unreadable: [manifest.id] },
  });
  const marks = (id: string) => vault.catalogue.get(id).then((backup) => backup.marks);
  expect((await marks(later.id)).scrub?.result).toBe('whole');
  expect((await marks(manifest.id)).scrub).toBeNull();
});

it('tells of damage that an attempt found which failed later, until it is mended', async () => {
  const { world, manifest, folder } = await scene(notes);
  const { manifest: later } = await world.engine.backup(backupPayload(), contextOf());
  const name = manifest.files[0]?.name ?? '';
  await flip(join(folder, name));
  const vault = withBadSector(world.folder, later.files[0]?.name ?? '');
  const failing = scrub({ vault, databases: [], now: () => new Date() }, { by: 'tester' }, contextOf());
  await expect(failing).rejects.toMatchObject({ facts: { damaged: [manifest.id], unreadable: [later.id] } });
  const run = () => world.engine.scrub({ by: 'tester' }, contextOf());
  // The next attempt reads the other one only: this one was just read.
  expect(await run()).toMatchObject({ status: 'fail', whole: 1, damaged: [manifest.id] });
  await flip(join(folder, name));
  const proof = await world.engine.prove({ backup: manifest.id, drill: false, by: 'tester' }, contextOf());
  expect(proof.result).toBe('proven');
  expect(await run()).toMatchObject({ status: 'pass', damaged: [] });
});

it('outweighs a proof that ends later and had read the files before', async () => {
  const { world, manifest, folder, prove } = await scene(notes);
  const name = manifest.files.find((file) => file.format === 'sql')?.name ?? '';
  const context = contextOf({
    onBorder: async (border) => {
      if (border !== 'prove:decode') return;
      await flip(join(folder, name));
      await world.engine.scrub({ by: 'tester' }, contextOf());
    },
  });
  expect((await prove({ context })).result).toBe('proven');
  const { catalogue } = world.vault;
  expect((await catalogue.get(manifest.id)).marks.scrub?.result).toBe('damaged');
  expect(await catalogue.newestProven('sage')).toBeNull();
});

it('takes what has been unread for longest, a share at a time', async () => {
  let now = Date.parse('2026-11-22T05:00:00Z');
  const { world } = await scene(notes, {
    now: () => new Date(now),
    config: {
      proof: { when: 'never', where: 'own', vectorIndexes: false, scrubWithinMs: 4 * 86_400_000 },
    },
  });
  await world.engine.backup(backupPayload(), contextOf());
  const run = () => world.engine.scrub({ by: 'tester' }, contextOf());
  expect((await run()).whole).toBe(2);
  now += 3_600_000;
  const { whole } = await run();
  expect(whole).toBe(1);
});
