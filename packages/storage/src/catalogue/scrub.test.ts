import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { createFolderStorage } from '../folder/storage.ts';
import { isWhole } from './scrub.ts';

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
