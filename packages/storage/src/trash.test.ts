import { SagekeepError } from '@sagekeep/contracts';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createVault } from './createVault.ts';
import type { Storage } from './port.ts';
import { publishExample } from './testing/publish.ts';
import { codeFrom } from './testing/storageHelpers.ts';
import { type TemporaryVault, temporaryVault } from './testing/temporary.ts';

let place: TemporaryVault;
let id: string;
beforeEach(async () => {
  place = await temporaryVault();
  ({ id } = await publishExample(place.vault));
});
afterEach(async () => {
  await place[Symbol.asyncDispose]();
});
const ids = async () => (await place.vault.catalogue.list()).backups.map(({ manifest }) => manifest.id);
const minutes = (n: number) => n * 60_000;
const hold = { kind: 'hold', at: '2026-11-22T03:00:00Z', by: 'ann', reason: 'audit' } as const;

/** Calls `meanwhile` once, just before the first move of a folder. */
function interrupted(storage: Storage, meanwhile: () => Promise<unknown>): Storage {
  let pending: (() => Promise<unknown>) | null = meanwhile;
  return {
    ...storage,
    async publish(from, to) {
      const run = pending;
      pending = null;
      await run?.();
      await storage.publish(from, to);
    },
  };
}

describe('discard', () => {
  it('takes a backup out of sight in one step; emptying frees its bytes', async () => {
    const key = await place.vault.catalogue.discard(id);
    expect(await ids()).toEqual([]);
    expect(await codeFrom(place.vault.catalogue.get(id))).toBe('UNKNOWN_BACKUP');
    const [entry] = await place.vault.trash.list();
    expect(entry).toMatchObject({ key, database: 'sage', id });
    expect(await place.vault.trash.empty(key)).toBe(entry?.bytes);
    expect(await place.vault.trash.list()).toEqual([]);
    expect(await place.vault.trash.empty(key)).toBe(0);
  });

  it('takes damaged backups too, and says what is not there', async () => {
    await place.storage.put(`sage/${id}/manifest.json`, '{');
    await place.vault.catalogue.discard(id);
    expect((await place.vault.catalogue.list()).damaged).toEqual([]);
    expect(await codeFrom(place.vault.catalogue.discard(id))).toBe('UNKNOWN_BACKUP');
    expect(await codeFrom(place.vault.catalogue.discard('../../etc'))).toBe('UNKNOWN_BACKUP');
  });

  it('is refused while somebody reads', async () => {
    const pin = await place.vault.pins.pin(id, 'restore 7');
    expect(await codeFrom(place.vault.catalogue.discard(id))).toBe('BACKUP_PROTECTED');
    expect(await ids()).toEqual([id]);
    await pin.release();
    await place.vault.catalogue.discard(id);
    expect(await ids()).toEqual([]);
  });

  it.each([
    ['pin', () => place.vault.pins.pin(id, 'restore 7')],
    ['hold', () => place.vault.catalogue.mark(id, hold)],
  ])('puts the backup back when a %s appears at the last moment', async (_, protect) => {
    const storage = interrupted(place.storage, protect);
    const vault = createVault({ storage, now: () => place.clock });
    expect(await codeFrom(vault.catalogue.discard(id))).toBe('BACKUP_PROTECTED');
    expect(await ids()).toEqual([id]);
    expect(await place.vault.trash.list()).toEqual([]);
  });
});

describe('a hold', () => {
  it('keeps a whole backup, until it is taken back', async () => {
    await place.vault.catalogue.mark(id, hold);
    expect(await codeFrom(place.vault.catalogue.discard(id))).toBe('BACKUP_PROTECTED');
    expect(await ids()).toEqual([id]);
    await place.vault.catalogue.unmark(id, 'hold');
    await place.vault.catalogue.discard(id);
    expect(await ids()).toEqual([]);
  });

  it('keeps a backup that cannot be read just now', async () => {
    await place.vault.catalogue.mark(id, hold);
    const read: Storage['read'] = (key, maxBytes) =>
      key.endsWith('/manifest.json')
        ? Promise.reject(new SagekeepError('STORAGE_FAILED', 'EIO', { retryable: true }))
        : place.storage.read(key, maxBytes);
    const vault = createVault({ storage: { ...place.storage, read }, now: () => place.clock });
    expect(await codeFrom(vault.catalogue.discard(id))).toBe('BACKUP_PROTECTED');
    expect(await ids()).toEqual([id]);
  });

  it('of what is damaged keeps nothing: nobody could take it back', async () => {
    await place.vault.catalogue.mark(id, hold);
    await place.storage.put(`sage/${id}/manifest.json`, '{');
    await place.vault.catalogue.discard(id);
    expect((await place.vault.catalogue.list()).damaged).toEqual([]);
  });
});

describe('emptying', () => {
  it('puts a backup back that was pinned when its deleter died between its two steps', async () => {
    await using pin = await place.vault.pins.pin(id, 'restore 7');
    await place.storage.publish(`sage/${id}`, `.trash/sage/${id}~00`);
    expect(await place.vault.trash.empty(`.trash/sage/${id}~00`)).toBe(0);
    expect(await ids()).toEqual([id]);
    await pin.release();
  });

  it('never puts back what has lost its manifest', async () => {
    await place.vault.pins.pin(id, 'restore 7');
    await place.storage.remove(`sage/${id}/manifest.json`);
    await place.storage.publish(`sage/${id}`, `.trash/sage/${id}~00`);
    expect(await place.vault.trash.empty(`.trash/sage/${id}~00`)).toBeGreaterThan(0);
    expect(await place.storage.children('sage')).toEqual([]);
  });

  it.each([`sage/x`, '.trash', '.trash/', '.trash/../sage', '.attempts/sage'])('refuses %j', async (key) => {
    expect(await codeFrom(place.vault.trash.empty(key))).toBe('STORAGE_KEY_INVALID');
    expect(await ids()).toEqual([id]);
  });
});

describe('pins', () => {
  it('hold until they are released or expire', async () => {
    const { pins } = place.vault;
    const pin = await pins.pin(id, 'restore 7', minutes(10));
    const later = (n: number) => new Date(place.clock.getTime() + minutes(n));
    expect(await pins.held(id, later(9))).toEqual([{ owner: 'restore 7', expiresAt: later(10) }]);
    expect(await pins.held(id, later(10))).toEqual([]);
    await pin.release();
    await pin.release();
    expect(await pins.held(id, place.clock)).toEqual([]);
    expect(await place.storage.children(`sage/${id}`)).toHaveLength(2);
  });

  it('of several readers are counted one by one', async () => {
    const { pins } = place.vault;
    const [a, b] = await Promise.all([pins.pin(id, 'a'), pins.pin(id, 'b')]);
    await a.release();
    expect((await pins.held(id, place.clock)).map(({ owner }) => owner)).toEqual(['b']);
    await b.release();
  });

  it('renew themselves before they expire', async () => {
    const put = Promise.withResolvers<void>();
    let puts = 0;
    const storage: Storage = {
      ...place.storage,
      async put(...args) {
        const placed = await place.storage.put(...args);
        if (++puts === 2) put.resolve();
        return placed;
      },
    };
    const vault = createVault({ storage, now: () => place.clock });
    const pin = await vault.pins.pin(id, 'reader', 30);
    place.clock = new Date(place.clock.getTime() + minutes(5));
    await put.promise;
    expect(await vault.pins.held(id, place.clock)).toHaveLength(1);
    await pin.release();
    expect(await vault.pins.held(id, place.clock)).toEqual([]);
  });

  it('are refused for a backup that is gone, and make no folder', async () => {
    await place.vault.catalogue.discard(id);
    expect(await codeFrom(place.vault.pins.pin(id, 'late'))).toBe('UNKNOWN_BACKUP');
    expect(await place.storage.children('sage')).toEqual([]);
  });

  it('that cannot be read count as new ones', async () => {
    await place.storage.put(`sage/${id}/pin-0.json`, '{');
    const { pins } = place.vault;
    expect(await pins.held(id, new Date(Date.now() + minutes(9)))).toHaveLength(1);
    expect(await pins.held(id, new Date(Date.now() + minutes(11)))).toEqual([]);
  });
});
