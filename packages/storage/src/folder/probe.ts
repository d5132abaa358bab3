import { readFile, stat, statfs, unlink } from 'node:fs/promises';
import { SagekeepError } from '@sagekeep/contracts';
import { clearDraftsOf } from './drafts.ts';
import { codeOf, guarded } from './failure.ts';
import type { Place } from './place.ts';
import { writeDraft } from './put.ts';

/** Writing a draft takes milliseconds; one this old belongs to a process that died. */
const draftLifeMs = 60 * 60 * 1000;
const probeBytes = 4096;

/** See `Storage.probe`. Also clears drafts that dead processes left. */
export function probeFolder(place: Place): Promise<void> {
  return guarded(place, 'a probe file', async () => {
    if (await isNoFolder(place)) throw noFolder(place);
    const expected = Buffer.alloc(probeBytes, 'sagekeep');
    const draft = await writeDraft(place, expected);
    try {
      if (!(await readFile(draft)).equals(expected)) throw forgets(place);
    } finally {
      await unlink(draft).catch(() => undefined);
    }
    await clearDraftsOf(place, new Date(Date.now() - draftLifeMs));
  });
}

/** See `Storage.space`. Free is what this process may use, not what root may. */
export function spaceOf(place: Place): Promise<{ freeBytes: number; totalBytes: number } | null> {
  return guarded(place, '', async () => {
    const { bavail, blocks, bsize } = await statfs(place.folder);
    return { freeBytes: bavail * bsize, totalBytes: blocks * bsize };
  });
}

async function isNoFolder({ folder }: Place): Promise<boolean> {
  try {
    return !(await stat(folder)).isDirectory();
  } catch (error) {
    return codeOf(error) === 'ENOTDIR';
  }
}

function forgets(place: Place): SagekeepError {
  return new SagekeepError(
    'STORAGE_FAILED',
    `What was written to ${place.folder} did not read back the same.`,
    {
      advice: 'Do not trust this disk: look at the system log, and move the storage.',
    },
  );
}

function noFolder({ folder }: Place): SagekeepError {
  return new SagekeepError('STORAGE_NOT_WRITABLE', `The storage ${folder} is not a folder.`, {
    advice: 'Set storage.folder in the configuration to a folder, or to a path where one can be made.',
    facts: { folder },
  });
}
