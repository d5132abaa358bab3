import { mkdir, rename } from 'node:fs/promises';
import { SagekeepError } from '@sagekeep/contracts';
import { makeFolders, syncFolder } from './durable.ts';
import { codeOf, guarded } from './failure.ts';
import { locate } from './paths.ts';
import type { Place } from './place.ts';

/** See `Storage.claim`: mkdir tells exactly one caller that it was the first. */
export function claimFolder(place: Place, prefix: string): Promise<boolean> {
  return guarded(place, prefix, async () => {
    const { path, parent, segments } = await locate(place, prefix);
    await makeFolders(place, segments.slice(0, -1));
    try {
      await mkdir(path, { mode: place.folderMode });
    } catch (error) {
      if (codeOf(error) === 'EEXIST') return false;
      throw error;
    }
    await syncFolder(parent);
    return true;
  });
}

/** See `Storage.publish`. */
export async function publishFolder(place: Place, from: string, to: string): Promise<void> {
  const source = await guarded(place, from, () => locate(place, from));
  if (source.stats === null)
    throw new SagekeepError('STORAGE_OBJECT_MISSING', `There is nothing at ${from} in the storage.`, {
      facts: { key: from },
    });
  await guarded(place, to, async () => {
    const target = await locate(place, to);
    // rename(2) would silently replace an empty folder.
    if (target.stats !== null) throw exists(to);
    await makeFolders(place, target.segments.slice(0, -1));
    await rename(source.path, target.path);
    await syncFolder(target.parent);
    await syncFolder(source.parent);
  });
}

function exists(key: string): SagekeepError {
  return new SagekeepError('STORAGE_OBJECT_EXISTS', `${key} already exists in the storage.`, {
    facts: { key },
  });
}
