import { lstat, mkdir, readdir, readFile, symlink, truncate, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { execa } from 'execa';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Storage } from '../port.ts';
import { storageContract } from '../testing/storageContract.ts';
import { codeFrom } from '../testing/storageHelpers.ts';
import { type TemporaryStorage, temporaryStorage } from '../testing/temporary.ts';
import { createFolderStorage } from './storage.ts';

storageContract('the folder adapter', temporaryStorage);

describe('the folder adapter', () => {
  let place: TemporaryStorage;
  beforeEach(async () => {
    place = await temporaryStorage();
  });
  afterEach(async () => {
    await place[Symbol.asyncDispose]();
  });

  describe('symbolic links', () => {
    it.each(['folder', 'object'])('are refused as %s, wherever they lead', async (kind) => {
      await mkdir(join(place.folder, 'real'));
      await writeFile(join(place.folder, 'real/secret'), 'secret');
      const target = kind === 'folder' ? 'real' : 'real/secret';
      await symlink(join(place.folder, target), join(place.folder, 'link'));
      const key = kind === 'folder' ? 'link/secret' : 'link';
      const { storage } = place;
      const refused = 'STORAGE_KEY_INVALID';
      expect(await codeFrom(storage.read(key))).toBe(refused);
      expect(await codeFrom(storage.open(key))).toBe(refused);
      expect(await codeFrom(storage.stat(key))).toBe(refused);
      expect(await codeFrom(storage.put(key, 'mine'))).toBe(refused);
      expect(await codeFrom(storage.create(key, Readable.from(['mine'])))).toBe(refused);
      expect(await codeFrom(storage.remove(key))).toBe(refused);
      expect(await codeFrom(storage.claim(`${key}/new`))).toBe(refused);
      expect(await codeFrom(storage.publish('real', key))).toBe(refused);
      expect(() => storage.localPath(key)).toThrow(/symbolic link/);
      expect(await readFile(join(place.folder, 'real/secret'), 'utf8')).toBe('secret');
    });

    it('that dangle are refused too', async () => {
      await symlink('/nowhere', join(place.folder, 'link'));
      expect(await codeFrom(place.storage.put('link', 'x'))).toBe('STORAGE_KEY_INVALID');
      expect(await codeFrom(place.storage.create('link', Readable.from(['x'])))).toBe('STORAGE_KEY_INVALID');
    });

    it('are neither listed nor followed when a tree around them is removed', async () => {
      await using outside = await temporaryStorage();
      await outside.storage.put('precious', 'x');
      await place.storage.put('t/1', '1');
      await symlink(outside.folder, join(place.folder, 't/link'));
      expect(await place.storage.children('t')).toEqual([{ name: '1', kind: 'object' }]);
      expect(await place.storage.remove('t')).toBe(1);
      expect(await outside.storage.stat('precious')).not.toBeNull();
    });

    it('may stand for the storage folder itself', async () => {
      await symlink(place.folder, `${place.folder}-link`);
      const storage = createFolderStorage({ folder: `${place.folder}-link` });
      await storage.put('a', 'x');
      await storage.probe();
      expect((await place.storage.read('a')).toString()).toBe('x');
      await execa('rm', [`${place.folder}-link`]);
    });
  });

  it('does not hang on a named pipe', async () => {
    await execa('mkfifo', [join(place.folder, 'pipe')]);
    expect(await codeFrom(place.storage.read('pipe'))).toBe('STORAGE_KEY_INVALID');
    expect(await place.storage.stat('pipe')).toBeNull();
  });

  it('tells an object where a folder should be', async () => {
    await place.storage.put('object', 'x');
    expect(await codeFrom(place.storage.put('object/below', 'x'))).toBe('STORAGE_KEY_INVALID');
    expect(await codeFrom(place.storage.create('object/below', Readable.from(['x'])))).toBe(
      'STORAGE_KEY_INVALID',
    );
  });

  it('makes the folder at the first write, and all of it for its owner only', async () => {
    const storage = createFolderStorage({ folder: join(place.folder, 'not/yet') });
    expect(await storage.children('')).toEqual([]);
    await storage.put('d/f', 'x');
    await storage.create('d/g', Readable.from(['x']));
    const modes = await Promise.all(
      ['', 'd', 'd/f', 'd/g'].map(
        async (key) => (await lstat(join(place.folder, 'not/yet', key))).mode & 0o777,
      ),
    );
    expect(modes.map((mode) => mode.toString(8))).toEqual(['700', '700', '600', '600']);
  });

  it('makes files as it is told, within the umask', async () => {
    const storage = createFolderStorage({ folder: place.folder, fileMode: 0o640, folderMode: 0o750 });
    await storage.put('d/f', 'x');
    expect((await lstat(join(place.folder, 'd'))).mode & 0o777).toBe(0o750);
    expect((await lstat(join(place.folder, 'd/f'))).mode & 0o777).toBe(0o640);
  });

  it('does not make a folder for an object that should lie in an existing one', async () => {
    const put = place.storage.put('gone/mark', 'x', { inExistingFolder: true });
    expect(await codeFrom(put)).toBe('STORAGE_OBJECT_MISSING');
    expect(await place.storage.children('')).toEqual([]);
    expect(await readdir(join(place.folder, '.tmp'))).toEqual([]);
  });

  it('sees that a file was cut', async () => {
    await place.storage.put('f', 'whole');
    const before = await place.storage.stat('f');
    await truncate(join(place.folder, 'f'), 2);
    expect((await place.storage.stat('f'))?.revision).not.toBe(before?.revision);
  });

  it('sees that a file was changed although size and time were set back', async () => {
    await place.storage.put('f', 'whole');
    const before = await place.storage.stat('f');
    await writeFile(join(place.folder, 'f'), 'whale');
    await utimes(join(place.folder, 'f'), before?.modifiedAt ?? 0, before?.modifiedAt ?? 0);
    expect((await place.storage.stat('f'))?.revision).not.toBe(before?.revision);
  });

  it('has nothing to clear before anything was written', async () => {
    await place.storage.clearDrafts(new Date());
    expect(await readdir(place.folder)).toEqual([]);
  });

  it.each([
    ['a probe', (storage: Storage) => storage.probe()],
    ['the next sweep', (storage: Storage) => storage.clearDrafts(new Date(Date.now() - 3_600_000))],
  ])('keeps its scratch folder to itself, and %s clears what dead processes left there', async (_, clear) => {
    await place.storage.probe();
    const draft = join(place.folder, '.tmp/left');
    const fresh = join(place.folder, '.tmp/fresh');
    for (const path of [draft, fresh]) await writeFile(path, 'half');
    const longAgo = new Date(Date.now() - 2 * 3_600_000);
    await utimes(draft, longAgo, longAgo);
    await clear(place.storage);
    expect(await readdir(join(place.folder, '.tmp'))).toEqual(['fresh']);
    expect(await codeFrom(place.storage.read('.tmp/fresh'))).toBe('STORAGE_KEY_INVALID');
    expect(await place.storage.children('')).toEqual([]);
  });

  it('hashes and writes a huge chunk in slices that let others work', async () => {
    const heard: number[] = [];
    await place.storage.create('big', Readable.from([Buffer.alloc(5 << 20)], { objectMode: true }), {
      onBytes: (bytes) => heard.push(bytes),
    });
    expect(Math.max(...heard)).toBeLessThanOrEqual(1 << 20);
  });

  it('says that its folder is none', async () => {
    await place.storage.put('file', 'x');
    for (const folder of ['file', 'file/below']) {
      const storage = createFolderStorage({ folder: join(place.folder, folder) });
      expect(await codeFrom(storage.probe())).toBe('STORAGE_NOT_WRITABLE');
    }
  });
});
