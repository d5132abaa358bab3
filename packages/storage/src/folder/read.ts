import { constants, type Stats } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { SagekeepError } from '@sagekeep/contracts';
import { invalidKey } from '../keys.ts';
import type { StoredObject } from '../port.ts';
import { guarded } from './failure.ts';
import { locate } from './paths.ts';
import type { Place } from './place.ts';

/** Without O_NONBLOCK a named pipe in the folder would hold a thread for ever. */
const existingFile = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
const defaultMaxBytes = 256 * 1024 * 1024;
const chunkBytes = 256 * 1024;

/** See `Storage.read`. */
export function readObject(place: Place, key: string, maxBytes = defaultMaxBytes): Promise<Buffer> {
  return guarded(place, key, async () => {
    const handle = await openFile(place, key);
    try {
      const { size } = await handle.stat();
      if (size > maxBytes) throw tooLarge(key, size, maxBytes);
      return await handle.readFile();
    } finally {
      await handle.close();
    }
  });
}

/** See `Storage.open`. The stream closes the file by itself. */
export function openObject(
  place: Place,
  key: string,
  range: { start: number; end?: number } = { start: 0 },
): Promise<Readable> {
  return guarded(place, key, async () => {
    const handle = await openFile(place, key);
    return handle.createReadStream({ ...range, highWaterMark: chunkBytes });
  });
}

/** See `Storage.stat`. */
export function statObject(place: Place, key: string): Promise<StoredObject | null> {
  return guarded(place, key, async () => {
    const { stats } = await locate(place, key);
    return stats?.isFile() ? describe(key, stats) : null;
  });
}

export function describe(key: string, stats: Stats): StoredObject {
  const revision = `${stats.ino}:${stats.size}:${stats.mtimeMs}:${stats.ctimeMs}`;
  return { key, bytes: stats.size, modifiedAt: stats.mtime, revision };
}

async function openFile(place: Place, key: string): Promise<FileHandle> {
  const { path } = await locate(place, key);
  const handle = await open(path, existingFile);
  if ((await handle.stat()).isFile()) return handle;
  await handle.close();
  throw invalidKey(key, 'it is not a plain file');
}

function tooLarge(key: string, bytes: number, maxBytes: number): SagekeepError {
  return new SagekeepError(
    'STORAGE_FAILED',
    `${key} has ${bytes} bytes, more than the ${maxBytes} expected.`,
    {
      advice: 'The object was not written by Sagekeep, or is damaged: look at it by hand.',
      facts: { key, bytes, maxBytes },
    },
  );
}
