import { Readable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { publishExample, writeExample } from './testing/publish.ts';
import { codeFrom } from './testing/storageHelpers.ts';
import { type TemporaryVault, temporaryVault } from './testing/temporary.ts';

const at = new Date('2026-11-22T02:00:00.750Z');
const id = 'sage_backup_20261122_020000';
const owner = { jobId: 'job', attempt: 1 };
const hour = 3_600_000;

let place: TemporaryVault;
beforeEach(async () => {
  place = await temporaryVault();
});
afterEach(async () => {
  await place[Symbol.asyncDispose]();
});
const ids = async () => (await place.vault.catalogue.list()).backups.map(({ manifest }) => manifest.id);

describe('begin', () => {
  it('gives every claimant of one second an id of its own', async () => {
    const { attempts } = place.vault;
    const begun = await Promise.all(Array.from({ length: 5 }, () => attempts.begin('sage', at, owner)));
    expect(begun.map((attempt) => attempt.id).sort()).toEqual([
      id,
      `${id}_2`,
      `${id}_3`,
      `${id}_4`,
      `${id}_5`,
    ]);
  });

  it('never gives the id of a published backup', async () => {
    expect((await publishExample(place.vault, { at })).id).toBe(id);
    expect((await place.vault.attempts.begin('sage', at, owner)).id).toBe(`${id}_2`);
    expect(await place.storage.children('.attempts/sage')).toEqual([{ name: `${id}_2`, kind: 'folder' }]);
  });

  it('never gives the id of a backup in the trash, which may yet come back', async () => {
    await publishExample(place.vault, { at });
    await place.vault.catalogue.discard(id);
    expect((await place.vault.attempts.begin('sage', at, owner)).id).toBe(`${id}_2`);
  });

  it.each(['records', 'Sage', '../etc', '.trash', ''])('refuses the name %j', async (name) => {
    expect(await codeFrom(place.vault.attempts.begin(name, at, owner))).toBe('CONFIGURATION_INVALID');
    expect(await place.storage.children('')).toEqual([]);
  });
});

describe('an attempt', () => {
  it('is seen by nobody until it is published, then has its files, manifest and nothing else', async () => {
    const attempt = await place.vault.attempts.begin('sage', at, owner);
    const manifest = await writeExample(attempt, { at });
    expect(await ids()).toEqual([]);
    await attempt.publish(manifest);
    expect(await ids()).toEqual([id]);
    expect((await place.storage.children(`sage/${id}`)).map(({ name }) => name)).toEqual([
      'manifest.json',
      `${id}.sql.custom`,
    ]);
    expect(await place.storage.children('.attempts/sage')).toEqual([]);
  });

  it('checks what was written', async () => {
    const attempt = await place.vault.attempts.begin('sage', at, owner);
    const { files } = await writeExample(attempt, { at });
    const [file] = files;
    if (file === undefined) throw new Error('the example has a file');
    await attempt.check(file);
    expect(await codeFrom(attempt.check({ ...file, sha256: '0'.repeat(64) }))).toBe('FILE_DAMAGED');
    expect(await codeFrom(attempt.check({ ...file, bytes: 4 }))).toBe('FILE_DAMAGED');
    expect(await codeFrom(attempt.check({ ...file, name: 'other' }))).toBe('FILE_DAMAGED');
    expect(attempt.localPath(file.name)).toBe(`${place.folder}/.attempts/sage/${id}/${file.name}`);
  });

  it.each([
    ['a file that is missing', 'LOCK_LOST', { name: 'other.sql' }],
    ['a file of another size', 'FILE_DAMAGED', { bytes: 4 }],
  ])('does not publish a manifest with %s', async (_what, code, change) => {
    const attempt = await place.vault.attempts.begin('sage', at, owner);
    const manifest = await writeExample(attempt, { at });
    const files = manifest.files.map((file) => ({ ...file, ...change }));
    expect(await codeFrom(attempt.publish({ ...manifest, files }))).toBe(code);
    expect(await ids()).toEqual([]);
  });

  it.each([{ id: `${id}_2` }, { database: 'other' }, { jobId: 'another' }, { databaseBytes: -1 }])(
    'does not publish a manifest with %j',
    async (change) => {
      const attempt = await place.vault.attempts.begin('sage', at, owner);
      const manifest = await writeExample(attempt, { at });
      expect(await codeFrom(attempt.publish({ ...manifest, ...change }))).toBe('INTERNAL');
      expect(await ids()).toEqual([]);
    },
  );

  it('is not published when its job has already been', async () => {
    const [one, two] = [
      await place.vault.attempts.begin('sage', at, owner),
      await place.vault.attempts.begin('sage', at, { ...owner, attempt: 2 }),
    ];
    await two.publish(await writeExample(two, { at }));
    expect(await codeFrom(one.publish(await writeExample(one, { at })))).toBe('STORAGE_OBJECT_EXISTS');
    expect(await ids()).toEqual([two.id]);
  });

  it('leaves nothing when it is discarded, and stays so', async () => {
    const attempt = await place.vault.attempts.begin('sage', at, owner);
    await writeExample(attempt, { at });
    await attempt.discard();
    await attempt.touch();
    await attempt.discard();
    expect(await place.storage.children('.attempts/sage')).toEqual([]);
  });
});

describe('leftovers', () => {
  it('are the attempts that nobody has touched for long enough', async () => {
    place.clock = new Date(Date.now());
    const { attempts } = place.vault;
    const attempt = await attempts.begin('sage', at, owner);
    await attempt.write('dump', Readable.from([Buffer.alloc(100)]));
    const later = new Date(place.clock.getTime() + hour + 60_000);
    expect(await attempts.leftovers(hour, place.clock)).toEqual([]);
    const [leftover] = await attempts.leftovers(hour, later);
    expect(leftover).toMatchObject({ id, database: 'sage', jobId: 'job', ownerDead: false });
    expect(leftover?.bytes).toBeGreaterThan(100);
    place.clock = later;
    await attempt.touch();
    expect(await attempts.leftovers(hour, later)).toEqual([]);
  });

  it('without an owner count from their id and their files', async () => {
    const { attempts } = place.vault;
    await place.storage.claim(`.attempts/sage/${id}`);
    expect(await attempts.leftovers(hour, new Date(at.getTime() + hour - 1000))).toEqual([]);
    expect(await attempts.leftovers(hour, new Date(at.getTime() + hour))).toHaveLength(1);
    await place.storage.put(`.attempts/sage/${id}/owner.json`, 'not JSON');
    expect(await attempts.leftovers(hour, new Date())).toEqual([]);
  });

  it('that are swept can neither be touched nor published by their old holder', async () => {
    const { attempts, trash } = place.vault;
    const attempt = await attempts.begin('sage', at, owner);
    const manifest = await writeExample(attempt, { at });
    const [leftover] = await attempts.leftovers(0, new Date(Date.now() + hour));
    if (leftover === undefined) throw new Error('there is a leftover');
    const key = await attempts.sweep(leftover);
    expect(await codeFrom(attempt.touch())).toBe('STORAGE_OBJECT_MISSING');
    expect(await codeFrom(attempt.publish(manifest))).toBe('LOCK_LOST');
    expect(await trash.empty(key)).toBeGreaterThan(0);
    expect(await trash.list()).toEqual([]);
    expect(await ids()).toEqual([]);
  });
});
