import { lstat, readdir, rmdir, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { syncFolder } from './durable.ts';
import { codeOf, guarded } from './failure.ts';
import { locate } from './paths.ts';
import type { Place } from './place.ts';

/** See `Storage.remove`. Links inside are removed themselves, never followed. */
export function removeBelow(place: Place, prefix: string): Promise<number> {
  return guarded(place, prefix, async () => {
    const { path, parent, stats } = await locate(place, prefix);
    if (stats === null) return 0;
    const freed = await removePath(path);
    await syncFolder(parent).catch(ignoreMissing);
    return freed;
  });
}

async function removePath(path: string): Promise<number> {
  try {
    const stats = await lstat(path);
    if (stats.isDirectory()) return await removeFolder(path);
    await unlink(path);
    return stats.isFile() ? stats.size : 0;
  } catch (error) {
    ignoreMissing(error);
    return 0;
  }
}

/** Somebody may add a file while we empty the folder: look again until it stays empty, but not for ever. */
async function removeFolder(path: string): Promise<number> {
  let freed = 0;
  for (let round = 1; ; round++) {
    for (const name of await readdir(path)) freed += await removePath(join(path, name));
    try {
      await rmdir(path);
      return freed;
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return freed;
      if (codeOf(error) !== 'ENOTEMPTY' || round === 5) throw error;
    }
  }
}

function ignoreMissing(error: unknown): void {
  if (codeOf(error) !== 'ENOENT') throw error;
}
