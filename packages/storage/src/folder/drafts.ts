import { lstat, readdir, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { codeOf, guarded } from './failure.ts';
import { type Place, scratchOf } from './place.ts';

/** See `Storage.clearDrafts`. */
export function clearDraftsOf(place: Place, before: Date): Promise<void> {
  return guarded(place, 'what dead processes left half-written', async () => {
    const scratch = scratchOf(place);
    for (const name of await unlessGone(readdir(scratch), [])) {
      const path = join(scratch, name);
      const draft = await unlessGone(lstat(path), null);
      if (draft !== null && draft.mtimeMs < before.getTime()) await unlessGone(unlink(path), undefined);
    }
  });
}

/** Its owner or another cleanup may take a draft away meanwhile. */
async function unlessGone<T, U>(work: Promise<T>, instead: U): Promise<T | U> {
  try {
    return await work;
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return instead;
    throw error;
  }
}
