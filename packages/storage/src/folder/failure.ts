import { stat } from 'node:fs/promises';
import { SagekeepError } from '@sagekeep/contracts';
import { invalidKey } from '../keys.ts';
import type { Place } from './place.ts';

const passing = new Set(['EIO', 'EBUSY', 'EAGAIN', 'EMFILE', 'ENFILE', 'ENOMEM', 'ESTALE', 'ETIMEDOUT']);

/** The system's code of an error (`ENOENT` …); null when it has none. */
export function codeOf(error: unknown): string | null {
  if (!(error instanceof Error) || !('code' in error)) return null;
  return typeof error.code === 'string' ? error.code : null;
}

/** Runs filesystem work on a key and turns the system's errors into ours. */
export async function guarded<T>(place: Place, key: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw await failureOf(error, place, key);
  }
}

/** What a system error means to the user of the storage. Other errors are passed through. */
export async function failureOf(error: unknown, place: Place, key: string): Promise<unknown> {
  const code = codeOf(error);
  if (error instanceof SagekeepError || code === null) return error;
  const details = { facts: { key, systemCode: code }, cause: error };
  switch (code) {
    case 'ENOENT':
      return new SagekeepError(
        'STORAGE_OBJECT_MISSING',
        `There is no object ${key} in the storage.`,
        details,
      );
    case 'EEXIST':
    case 'ENOTEMPTY':
      return new SagekeepError('STORAGE_OBJECT_EXISTS', `${key} already exists in the storage.`, details);
    case 'ELOOP':
      return invalidKey(key, 'it leads through a symbolic link', error);
    case 'ENAMETOOLONG':
      return invalidKey(key, 'a name in it is too long for this filesystem', error);
    case 'ENOTDIR':
    case 'EISDIR':
      return invalidKey(key, 'an object stands where a folder should be, or the other way round', error);
    case 'ENOSPC':
    case 'EDQUOT':
      return full(error, place, key);
    case 'EACCES':
    case 'EPERM':
    case 'EROFS':
      return await notWritable(error, place, key);
    default:
      return new SagekeepError('STORAGE_FAILED', `The storage failed at ${key || place.folder} (${code}).`, {
        ...details,
        retryable: passing.has(code),
        advice: `Look at the disk behind ${place.folder}: the system log tells what it answered.`,
      });
  }
}

function full(error: unknown, place: Place, key: string): SagekeepError {
  return new SagekeepError('STORAGE_FULL', `The storage ${place.folder} has no space left for ${key}.`, {
    retryable: true,
    advice:
      'Free space on that disk: `sagekeep cleanup --dry-run` shows what may go; deleting needs no space.',
    facts: { key, folder: place.folder, systemCode: codeOf(error) },
    cause: error,
  });
}

async function notWritable(error: unknown, place: Place, key: string): Promise<SagekeepError> {
  const code = codeOf(error);
  const folder = await stat(place.folder).catch(() => null);
  const uid = process.geteuid?.() ?? -1;
  const gid = process.getegid?.() ?? -1;
  const owner = folder === null ? null : `${folder.uid}:${folder.gid}`;
  const mode = folder === null ? null : (folder.mode & 0o7777).toString(8).padStart(4, '0');
  const state = owner === null ? 'cannot be looked at' : `belongs to ${owner} with mode ${mode}`;
  return new SagekeepError(
    'STORAGE_NOT_WRITABLE',
    `The storage ${place.folder} refused ${key || 'access'} (${code}); it ${state}, and this process runs as ${uid}:${gid}.`,
    {
      advice:
        code === 'EROFS'
          ? `The filesystem of ${place.folder} is read-only: remount it writable.`
          : `Give the folder to this process: chown -R ${uid}:${gid} ${place.folder} && chmod u+rwX ${place.folder}`,
      facts: { key, folder: place.folder, systemCode: code, uid, gid, owner, mode },
      cause: error,
    },
  );
}
