import { randomUUID } from 'node:crypto';
import { link, open, rename, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import type { PutOptions } from '../port.ts';
import { makeFolders, syncFolder } from './durable.ts';
import { codeOf, guarded } from './failure.ts';
import { locate } from './paths.ts';
import { type Place, scratchOf } from './place.ts';

/** See `Storage.put`: readers find the old object, the new one, or none; never a part. */
export function putObject(
  target: { place: Place; key: string },
  data: string | Uint8Array,
  options: PutOptions = {},
): Promise<boolean> {
  const { place, key } = target;
  return guarded(place, key, async () => {
    const { path, parent, segments } = await locate(place, key);
    if (options.inExistingFolder !== true) await makeFolders(place, segments.slice(0, -1));
    const draft = await writeDraft(place, data);
    try {
      const placed = options.ifAbsent === true ? await linkIfAbsent(draft, path) : await moved(draft, path);
      if (placed) await syncFolder(parent);
      return placed;
    } finally {
      await unlink(draft).catch(() => undefined);
    }
  });
}

/** A flushed file under a name of its own in the scratch folder. */
export async function writeDraft(place: Place, data: string | Uint8Array): Promise<string> {
  const scratch = scratchOf(place);
  await makeFolders(place, [scratch.slice(place.folder.length + 1)]);
  const path = join(scratch, randomUUID());
  const handle = await open(path, 'wx', place.fileMode);
  try {
    await handle.writeFile(data);
    await handle.sync();
  } catch (error) {
    await unlink(path).catch(() => undefined);
    throw error;
  } finally {
    await handle.close();
  }
  return path;
}

async function moved(draft: string, path: string): Promise<true> {
  await rename(draft, path);
  return true;
}

async function linkIfAbsent(draft: string, path: string): Promise<boolean> {
  try {
    await link(draft, path);
    return true;
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false;
    throw error;
  }
}
