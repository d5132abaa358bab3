import { mkdir, open } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { codeOf } from './failure.ts';
import type { Place } from './place.ts';

/** Flushes a folder's entries to disk: without it a crash may lose a name whose content was flushed. */
export async function syncFolder(path: string): Promise<void> {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } catch (error) {
    // Some network filesystems cannot flush a folder; they order names themselves.
    if (!['EINVAL', 'ENOTSUP', 'EOPNOTSUPP'].includes(codeOf(error) ?? '')) throw error;
  } finally {
    await handle.close();
  }
}

/** Makes the missing folders of a path below the storage's folder, each one durable before the next. */
export async function makeFolders(place: Place, segments: readonly string[]): Promise<void> {
  if (!(await makeFolder(place, join(place.folder, ...segments)))) return;
  await mkdir(place.folder, { recursive: true, mode: place.folderMode });
  let path = place.folder;
  for (const segment of segments) {
    path = join(path, segment);
    await makeFolder(place, path);
  }
}

/** One folder, whose parent exists. True when the parent is missing and the folder could not be made. */
async function makeFolder(place: Place, path: string): Promise<boolean> {
  try {
    await mkdir(path, { mode: place.folderMode });
    await syncFolder(dirname(path));
    return false;
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false;
    if (codeOf(error) === 'ENOENT') return true;
    throw error;
  }
}
