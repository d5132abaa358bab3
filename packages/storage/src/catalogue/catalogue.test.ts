import { truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Inventory, SagekeepError } from '@sagekeep/contracts';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createVault } from '../createVault.ts';
import type { Storage } from '../port.ts';
import { changeManifest } from '../testing/changeManifest.ts';
import { exampleProof } from '../testing/manifest.ts';
import { publishExample } from '../testing/publish.ts';
import { codeFrom } from '../testing/storageHelpers.ts';
import { type TemporaryVault, temporaryVault } from '../testing/temporary.ts';
import { isSuspect } from './proven.ts';

let place: TemporaryVault;
beforeEach(async () => {
  place = await temporaryVault();
});
afterEach(async () => {
  await place[Symbol.asyncDispose]();
});
const day = (n: number) => new Date(Date.UTC(2026, 10, n, 2));
/** The same storage for somebody to whom this happens before each object is read. */
const vaultThat = (before: (key: string) => Promise<void>) =>
  createVault({
    storage: {
      ...place.storage,
      async read(key, maxBytes) {
        await before(key);
        return place.storage.read(key, maxBytes);
      },
    },
    now: () => place.clock,
  });
const idsOf = ({ backups }: { backups: { manifest: { id: string } }[] }) => backups.map((b) => b.manifest.id);

function inventoryOf(count: number): Inventory {
  const digest = '0'.repeat(64);
  const entry = { type: 'FUNCTION', name: 'public.f('.padEnd(10_000, 'text, '), digest };
  const entries = Array.from({ length: count }, () => entry);
  return { entries, tables: [], sequences: [], largeObjects: { count: 0, bytes: 0, digest } };
}

describe('list', () => {
  it('is empty where there is nothing', async () => {
    expect(await place.vault.catalogue.list()).toEqual({ backups: [], damaged: [] });
    expect(await place.vault.catalogue.databases()).toEqual([]);
  });

  it('has every backup of every database, newest first', async () => {
    for (const n of [2, 1, 3]) await publishExample(place.vault, { at: day(n) });
    await publishExample(place.vault, { database: 'other', at: day(2) });
    expect(idsOf(await place.vault.catalogue.list({ database: 'sage' }))).toEqual([
      'sage_backup_20261103_020000',
      'sage_backup_20261102_020000',
      'sage_backup_20261101_020000',
    ]);
    expect(idsOf(await place.vault.catalogue.list())).toHaveLength(4);
    expect(await place.vault.catalogue.databases()).toEqual(['other', 'sage']);
  });

  it('orders backups of one second by their suffix as a number', async () => {
    const made = [];
    for (let i = 0; i < 11; i++) made.push((await publishExample(place.vault, { at: day(1) })).id);
    expect(made[1]).toBe('sage_backup_20261101_020000_2');
    expect(made[10]).toBe('sage_backup_20261101_020000_11');
    expect(idsOf(await place.vault.catalogue.list())).toEqual(made.reverse());
  });

  it('ignores what is not ours: files of old scripts, records, attempts, trash, hidden folders', async () => {
    const { storage } = place;
    await storage.put('sage_backup_20250725_220441.sql', 'CREATE TABLE');
    await storage.put('safety_backups/safety.sql', 'x');
    await storage.put('records/reports/r.json', '{}');
    await storage.put('.trash/sage/sage_backup_20261101_020000~1/manifest.json', '{}');
    await storage.put('sage/notes/readme.txt', 'x');
    await place.vault.attempts.begin('sage', day(1), { jobId: 'j', attempt: 1 });
    expect(await place.vault.catalogue.list()).toEqual({ backups: [], damaged: [] });
    expect(await place.vault.catalogue.databases()).toEqual([]);
  });

  it('keeps fields of the manifest that it does not know', async () => {
    const { id } = await publishExample(place.vault, { changes: { futureField: 7 } });
    expect((await place.vault.catalogue.get(id)).manifest['futureField']).toBe(7);
  });

  it('leaves out the entries of inventories, which a backup alone has', async () => {
    const inventory = inventoryOf(1);
    const { id, jobId } = await publishExample(place.vault, { changes: { inventory } });
    const { catalogue } = place.vault;
    await catalogue.mark(id, exampleProof());
    for (const look of [() => catalogue.get(id), () => catalogue.newestProven('sage')]) {
      expect((await catalogue.list()).backups[0]?.manifest.inventory.entries).toEqual([]);
      expect((await look())?.manifest.inventory.entries).toEqual(inventory.entries);
    }
    expect((await catalogue.byJob('sage', jobId))?.manifest.inventory).toEqual(inventory);
  });

  it('reads each manifest once, also when all of them together are large', async () => {
    const inventory = inventoryOf(300);
    for (let n = 1; n <= 4; n++)
      await publishExample(place.vault, { at: day(n), content: `dump ${n}`, changes: { inventory } });
    const read: string[] = [];
    const storage: Storage = {
      ...place.storage,
      read(key, maxBytes) {
        read.push(key);
        return place.storage.read(key, maxBytes);
      },
    };
    const { catalogue } = createVault({ storage, now: () => place.clock });
    expect((await catalogue.list()).backups).toHaveLength(4);
    expect(read).toHaveLength(4);
    expect((await catalogue.list({ database: 'sage' })).backups).toHaveLength(4);
    expect(await catalogue.newestProven('sage')).toBeNull();
    expect(read).toHaveLength(4);
  });

  it('sees a manifest that changed behind its back', async () => {
    const { id } = await publishExample(place.vault);
    await place.vault.catalogue.list();
    await writeFile(join(place.folder, 'sage', id, 'manifest.json'), '{"version":1}');
    const { backups, damaged } = await place.vault.catalogue.list();
    expect(backups).toEqual([]);
    expect(damaged[0]?.reason).toMatch(/does not parse: id/);
  });
});

describe('a damaged backup', () => {
  it.each([
    [
      'no manifest',
      /manifest\.json is missing/,
      async (f: string) => place.storage.remove(`${f}/manifest.json`),
    ],
    ['no JSON', /it is not JSON/, async (f: string) => place.storage.put(`${f}/manifest.json`, '{"id":')],
    ['a list', /does not parse/, async (f: string) => place.storage.put(`${f}/manifest.json`, '[]')],
    [
      'deep JSON',
      /does not parse/,
      async (f: string) => place.storage.put(`${f}/manifest.json`, '['.repeat(1e5)),
    ],
    [
      'no dump',
      /\.sql\.custom is missing/,
      async (f: string) => place.storage.remove(`${f}/${f.slice(5)}.sql.custom`),
    ],
    [
      'a cut dump',
      /has 2 bytes instead of 5/,
      async (f: string) => truncate(join(place.folder, f, `${f.slice(5)}.sql.custom`), 2),
    ],
    [
      'the manifest of another backup',
      /names the backup sage_backup_20200101_000000/,
      async (f: string) => {
        const id = 'sage_backup_20200101_000000';
        await changeManifest(join(place.folder, f, 'manifest.json'), (told) => Object.assign(told, { id }));
      },
    ],
    [
      'the manifest of another database',
      /names the database other/,
      async (f: string) => {
        const path = join(place.folder, f, 'manifest.json');
        await changeManifest(path, (told) => Object.assign(told, { database: 'other' }));
      },
    ],
    [
      'a time of its snapshot that was changed',
      /manifest\.json is not what its own digest says/,
      async (f: string) => {
        const text = (await place.storage.read(`${f}/manifest.json`)).toString();
        await place.storage.put(
          `${f}/manifest.json`,
          text.replace('"snapshotAt": "2026', '"snapshotAt": "2027'),
        );
      },
    ],
  ])('with %s is listed as such, beside the whole ones', async (_what, reason, harm) => {
    const whole = await publishExample(place.vault, { at: day(1) });
    const { id } = await publishExample(place.vault, { at: day(2) });
    await harm(`sage/${id}`);
    const { backups, damaged } = await place.vault.catalogue.list();
    expect(idsOf({ backups })).toEqual([whole.id]);
    expect(damaged).toEqual([{ database: 'sage', id, reason: expect.stringMatching(reason) }]);
    expect(await codeFrom(place.vault.catalogue.get(id))).toBe('MANIFEST_DAMAGED');
    expect(await codeFrom(place.vault.catalogue.get('sage_backup_20991231_235959'))).toBe('UNKNOWN_BACKUP');
  });

  it('in the folder of another database is none of that database', async () => {
    const { id } = await publishExample(place.vault);
    await place.storage.publish(`sage/${id}`, `other/${id}`);
    const { backups, damaged } = await place.vault.catalogue.list();
    expect(backups).toEqual([]);
    expect(damaged).toEqual([{ database: 'other', id, reason: 'its manifest names the database sage' }]);
  });

  it('is what a second backup of the same job is', async () => {
    const first = await publishExample(place.vault, { at: day(1), jobId: 'job-1' });
    const copy = { ...first, id: 'sage_backup_20261102_020000' };
    const [file] = first.files;
    if (file === undefined) throw new Error('the example has a file');
    await place.storage.put(`sage/${copy.id}/${file.name}`, 'PGDMP');
    await place.storage.put(`sage/${copy.id}/manifest.json`, JSON.stringify(copy));
    const { backups, damaged } = await place.vault.catalogue.list();
    expect(idsOf({ backups })).toEqual([first.id]);
    expect(damaged).toEqual([{ database: 'sage', id: copy.id, reason: `duplicate of ${first.id}` }]);
    expect(await codeFrom(place.vault.catalogue.get(copy.id))).toBe('MANIFEST_DAMAGED');
    expect((await place.vault.catalogue.byJob('sage', 'job-1'))?.manifest.id).toBe(first.id);
  });

  it('is not what a safety backup of the same job is', async () => {
    await publishExample(place.vault, { at: day(1), jobId: 'restore-1', changes: { reason: 'safety' } });
    await publishExample(place.vault, {
      at: day(1),
      jobId: 'restore-1',
      changes: { reason: 'safety', dbname: 'sage_memory_before_x' },
    });
    expect((await place.vault.catalogue.list()).backups).toHaveLength(2);
  });
});

it('what goes to the trash while it is looked at is not damaged', async () => {
  const { id } = await publishExample(place.vault);
  let looked = 0;
  const storage: Storage = {
    ...place.storage,
    async *walk(prefix) {
      for await (const object of place.storage.walk(prefix)) {
        if (++looked === 2) await place.vault.catalogue.discard(id);
        else yield object;
      }
    },
  };
  const vault = createVault({ storage, now: () => place.clock });
  expect(await vault.catalogue.list()).toEqual({ backups: [], damaged: [] });
  expect(looked).toBe(2);
});

describe('marks', () => {
  it('are null until there are some; the newest of a kind counts', async () => {
    const { id } = await publishExample(place.vault);
    const { catalogue } = place.vault;
    expect(Object.values((await catalogue.get(id)).marks)).toEqual([null, null, null, null, null]);
    await catalogue.mark(id, exampleProof({ at: '2026-11-22T05:00:00Z', result: 'failed' }));
    await catalogue.mark(id, exampleProof({ at: '2026-11-22T04:00:00.000Z' }));
    expect((await catalogue.get(id)).marks.proof?.result).toBe('failed');
    await catalogue.mark(id, exampleProof({ at: '2026-11-22T05:00:00.001Z' }));
    expect((await catalogue.get(id)).marks.proof?.result).toBe('proven');
  });

  it('are taken back by kind', async () => {
    const { id } = await publishExample(place.vault);
    const { catalogue } = place.vault;
    await catalogue.mark(id, exampleProof());
    for (const at of ['2026-11-22T05:00:00Z', '2026-11-22T06:00:00Z'])
      await catalogue.mark(id, { kind: 'hold', at, by: 'ann', reason: 'audit' });
    await catalogue.unmark(id, 'hold');
    const { marks } = await catalogue.get(id);
    expect(marks.hold).toBeNull();
    expect(marks.proof).not.toBeNull();
  });

  it('that cannot be read keep the backup and claim nothing for it', async () => {
    const { id } = await publishExample(place.vault);
    for (const kind of ['proof', 'hold', 'suspect', 'acknowledgement', 'scrub'])
      await place.storage.put(`sage/${id}/mark-${kind}-20261122T050000000Z-00.json`, '{');
    const { marks } = await place.vault.catalogue.get(id);
    expect([marks.proof, marks.acknowledgement, marks.scrub]).toEqual([null, null, null]);
    expect(marks.hold?.reason).toMatch(/cannot be read/);
    expect(marks.suspect?.reasons[0]).toMatch(/cannot be read/);
  });

  it.each(['proof', 'scrub'] as const)(
    'of a %s that cannot be read freeze retention: other backups count their age from what it said',
    async (kind) => {
      const at = day(4).toISOString();
      const { id } = await publishExample(place.vault);
      await place.vault.catalogue.mark(id, exampleProof({ at: day(3).toISOString() }));
      await place.vault.catalogue.mark(id, { kind: 'scrub', at, result: 'damaged', damaged: ['a'] });
      const troubled = vaultThat(async (key) => {
        if (key.includes(`mark-${kind}`)) throw new SagekeepError('STORAGE_FAILED', 'EIO');
      });
      const {
        backups: [backup],
      } = await troubled.catalogue.list();
      expect(backup?.marks.proof).toBeNull();
      expect(backup && isSuspect(backup)).toBe(true);
      expect(backup?.marks.suspect?.reasons[0]).toContain('cannot be read');
    },
  );

  it('of a backup that is taken away while they are read belong to no backup', async () => {
    const { id } = await publishExample(place.vault);
    await place.vault.catalogue.mark(id, exampleProof());
    await place.vault.catalogue.mark(id, {
      kind: 'hold',
      at: day(3).toISOString(),
      by: 'ann',
      reason: 'audit',
    });
    const removing = vaultThat(async (key) => {
      if (key.includes('mark-hold')) await place.vault.catalogue.unmark(id, 'hold');
    });
    expect((await removing.catalogue.get(id)).marks).toMatchObject({
      hold: null,
      proof: { result: 'proven' },
    });
    const taking = vaultThat(async (key) => {
      if (key.includes('mark-proof')) await place.vault.catalogue.discard(id);
    });
    expect(await taking.catalogue.list()).toEqual({ backups: [], damaged: [] });
  });

  it('are refused for what is not there, and make no folder', async () => {
    const { catalogue } = place.vault;
    const gone = 'sage_backup_20991231_235959';
    expect(await codeFrom(catalogue.mark(gone, exampleProof()))).toBe('UNKNOWN_BACKUP');
    expect(await codeFrom(catalogue.unmark(gone, 'hold'))).toBe('UNKNOWN_BACKUP');
    expect(await codeFrom(catalogue.mark('../../etc', exampleProof()))).toBe('UNKNOWN_BACKUP');
    expect(await place.storage.children('')).toEqual([]);
  });
});

describe('the newest proven backup', () => {
  it('is the newest whose last proof succeeded and that no later scrub found damaged', async () => {
    const { catalogue } = place.vault;
    const ids = [];
    for (const n of [1, 2, 3, 4]) ids.push((await publishExample(place.vault, { at: day(n) })).id);
    const [first = '', second = '', third = ''] = ids;
    expect(await catalogue.newestProven('sage')).toBeNull();
    for (const id of [first, second, third])
      await catalogue.mark(id, exampleProof({ at: '2026-11-05T00:00:00Z' }));
    await catalogue.mark(second, {
      kind: 'scrub',
      at: '2026-11-06T00:00:00Z',
      result: 'damaged',
      damaged: ['x'],
    });
    await catalogue.mark(third, exampleProof({ at: '2026-11-06T00:00:00Z', result: 'failed' }));
    expect((await catalogue.newestProven('sage'))?.manifest.id).toBe(first);
    expect(idsOf(await catalogue.list({ proven: true }))).toEqual([first]);
    expect(idsOf(await catalogue.list({ proven: false }))).toHaveLength(3);
    await catalogue.mark(second, exampleProof({ at: '2026-11-07T00:00:00Z', result: 'content-proven' }));
    expect((await catalogue.newestProven('sage'))?.manifest.id).toBe(second);
  });

  it('is a safety backup only when there is no other', async () => {
    const { catalogue } = place.vault;
    const safety = await publishExample(place.vault, { at: day(9), changes: { reason: 'safety' } });
    await catalogue.mark(safety.id, exampleProof());
    expect((await catalogue.newestProven('sage'))?.manifest.id).toBe(safety.id);
    const regular = await publishExample(place.vault, { at: day(8) });
    await catalogue.mark(regular.id, exampleProof());
    expect((await catalogue.newestProven('sage'))?.manifest.id).toBe(regular.id);
  });
});

describe('scrub and file keys', () => {
  it('names files whose bytes, size or presence changed', async () => {
    const { catalogue } = place.vault;
    const { id } = await publishExample(place.vault);
    const backup = await catalogue.get(id);
    const name = `${id}.sql.custom`;
    const heard: number[] = [];
    expect(await catalogue.scrub(backup, { onBytes: (n) => heard.push(n) })).toEqual([]);
    expect(heard).toEqual([5]);
    await writeFile(join(place.folder, 'sage', id, name), 'PGDMq');
    expect(await catalogue.scrub(backup)).toEqual([name]);
    await place.storage.remove(`sage/${id}/${name}`);
    expect(await catalogue.scrub(backup)).toEqual([name]);
  });

  it('do not call a backup damaged that was deleted meanwhile', async () => {
    const { catalogue } = place.vault;
    const { id } = await publishExample(place.vault);
    const backup = await catalogue.get(id);
    await catalogue.discard(id);
    expect(await codeFrom(catalogue.scrub(backup))).toBe('UNKNOWN_BACKUP');
  });

  it('gives keys of its own files only', async () => {
    const { catalogue } = place.vault;
    const { id } = await publishExample(place.vault);
    const backup = await catalogue.get(id);
    expect(catalogue.fileKey(backup, `${id}.sql.custom`)).toBe(`sage/${id}/${id}.sql.custom`);
    expect(catalogue.fileKey(backup, 'manifest.json')).toBe(`sage/${id}/manifest.json`);
    expect(() => catalogue.fileKey(backup, '../x')).toThrow(/has no file/);
  });
});
