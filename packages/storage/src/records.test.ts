import type { Report } from '@sagekeep/contracts';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createVault } from './createVault.ts';
import { codeFrom } from './testing/storageHelpers.ts';
import { type TemporaryVault, temporaryVault } from './testing/temporary.ts';

let place: TemporaryVault;
beforeEach(async () => {
  place = await temporaryVault();
});
afterEach(async () => {
  await place[Symbol.asyncDispose]();
});
const report = (id: string): Report => ({
  version: 1,
  id,
  kind: 'cleanup',
  database: null,
  at: '2026-11-22T02:00:00Z',
  result: 'done',
  title: 'Cleanup',
  sections: [],
});

describe('records', () => {
  it('are put, replaced, read and removed', async () => {
    const { records } = place.vault;
    expect(await records.get('reports', 'a')).toBeNull();
    await records.put('reports', 'a', report('a'));
    await records.put('reports', 'a', { ...report('a'), title: 'again' });
    expect((await records.get('reports', 'a'))?.title).toBe('again');
    await records.remove('reports', 'a');
    await records.remove('reports', 'a');
    expect(await records.get('reports', 'a')).toBeNull();
  });

  it('are listed newest id first, up to a limit, the damaged ones apart', async () => {
    const { records } = place.vault;
    for (let i = 10; i < 40; i++) await records.put('reports', `r${i}`, report(`r${i}`));
    await place.storage.put('records/reports/r39.json', '{"version":');
    await place.storage.put('records/reports/readme.txt', 'x');
    const some = await records.list('reports', { limit: 2 });
    expect(some.items.map(({ id }) => id)).toEqual(['r38', 'r37']);
    expect(some.damaged).toEqual(['r39']);
    const all = await records.list('reports');
    expect(all.items).toHaveLength(29);
    expect(await records.get('reports', 'r39')).toBeNull();
    const damaged = ['r39', 'r38', 'none'].map((id) => records.isDamaged('reports', id));
    expect(await Promise.all(damaged)).toEqual([true, false, false]);
    expect(await records.list('restores')).toEqual({ items: [], damaged: [] });
  });

  it('that are removed while they are listed are none, and not damaged', async () => {
    const { storage } = place;
    const { records } = createVault({
      storage: {
        ...storage,
        async read(key, maxBytes) {
          if (key.endsWith('/b.json')) await storage.remove(key);
          return storage.read(key, maxBytes);
        },
      },
      now: () => place.clock,
    });
    for (const id of ['a', 'b', 'c']) await records.put('reports', id, report(id));
    expect(await records.list('reports')).toEqual({ items: [report('c'), report('a')], damaged: [] });
  });

  it('are not read when their ids are not wanted', async () => {
    const { records } = place.vault;
    for (const id of ['a1', 'b1', 'b2', 'c1']) await records.put('reports', id, report(id));
    await place.storage.put('records/reports/c2.json', '{"version":');
    const listed = await records.list('reports', { limit: 1, wanted: (id) => id.startsWith('b') });
    expect(listed).toMatchObject({ items: [{ id: 'b2' }], damaged: [] });
  });

  it.each(['repeat:sage:1', '../../evil', 'a/b', '名', 'sage backup daily', '%2e', '.'])(
    'take the id %j as it is',
    async (id) => {
      const { records } = place.vault;
      await records.put('reports', id, report(id));
      expect((await records.get('reports', id))?.id).toBe(id);
      expect((await records.list('reports')).items).toHaveLength(1);
      expect((await place.storage.children('records/reports'))[0]?.kind).toBe('object');
    },
  );

  it('refuse an id that no file name can hold', async () => {
    const id = 'x'.repeat(400);
    expect(await codeFrom(place.vault.records.put('reports', id, report(id)))).toBe('STORAGE_KEY_INVALID');
  });
});
