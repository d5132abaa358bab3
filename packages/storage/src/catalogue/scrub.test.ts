import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { createFolderStorage } from '../folder/storage.ts';
import { publishExample } from '../testing/publish.ts';
import { codeFrom } from '../testing/storageHelpers.ts';
import { temporaryVault } from '../testing/temporary.ts';
import { damagedFiles, isWhole } from './scrub.ts';

it('reads no faster than it is told to', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'scrub-rate-'));
  const bytes = Buffer.alloc(200_000, 7);
  writeFileSync(join(folder, 'a'), bytes);
  const storage = createFolderStorage({ folder });
  const file = { bytes: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') };
  const began = performance.now();
  expect(await isWhole({ storage, key: 'a' }, file, { bytesPerSecond: 1_000_000 })).toBe(true);
  // 200 ms; timers may end a little early.
  expect(performance.now() - began).toBeGreaterThan(190);
  rmSync(folder, { recursive: true });
});

it('a file that is away while a deletion is taken back is not damaged', async () => {
  await using place = await temporaryVault();
  const manifest = await publishExample(place.vault);
  const [file] = manifest.files;
  const key = `sage/${manifest.id}/${file?.name}`;
  let looks = 0;
  const storage = {
    ...place.storage,
    // Away with the first look at the file, and back when the manifest is asked for.
    stat: async (asked: string) => (asked === key && looks++ === 0 ? null : place.storage.stat(asked)),
  };
  expect(await damagedFiles(storage, manifest)).toEqual([]);
  expect(looks).toBe(2);
  await place.storage.remove(key);
  expect(await damagedFiles(place.storage, manifest)).toEqual([file?.name]);
  await place.vault.catalogue.discard(manifest.id);
  expect(await codeFrom(damagedFiles(place.storage, manifest))).toBe('UNKNOWN_BACKUP');
});
