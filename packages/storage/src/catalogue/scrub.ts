import { createHash } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { type BackupFile, isSagekeepError, type Manifest } from '@sagekeep/contracts';
import { folderOfId, manifestName, unknownBackup } from '../names.ts';
import type { Storage } from '../port.ts';

export interface ScrubOptions {
  readonly signal?: AbortSignal;
  readonly onBytes?: (bytes: number) => void;
  /** Reads no faster than this. */
  readonly bytesPerSecond?: number;
}

/** The names of a backup's files that are damaged or missing. Throws `UNKNOWN_BACKUP` when the backup itself is gone. */
export async function damagedFiles(
  storage: Storage,
  manifest: Pick<Manifest, 'id' | 'files'>,
  options: ScrubOptions = {},
): Promise<string[]> {
  const damaged: string[] = [];
  const folder = folderOfId(manifest.id);
  for (const file of manifest.files) {
    options.signal?.throwIfAborted();
    const target = { storage, key: `${folder}/${file.name}` };
    let found = await conditionOf(target, file, options);
    // Missing with the whole backup is not damaged: it was deleted, or is just being put back.
    if (found === 'missing' && (await storage.stat(`${folder}/${manifestName}`)) === null)
      throw unknownBackup(manifest.id, true);
    // It may have been put back before we asked.
    if (found === 'missing') found = await conditionOf(target, file, options);
    if (found !== 'whole') damaged.push(file.name);
  }
  return damaged;
}

interface Target {
  readonly storage: Storage;
  readonly key: string;
}
type StoredFile = Pick<BackupFile, 'bytes' | 'sha256'>;

/** Whether an object is, byte for byte, what a manifest says. Missing is damaged. */
export async function isWhole(
  target: Target,
  file: StoredFile,
  options: ScrubOptions = {},
): Promise<boolean> {
  return (await conditionOf(target, file, options)) === 'whole';
}

async function conditionOf(
  target: Target,
  file: StoredFile,
  options: ScrubOptions,
): Promise<'whole' | 'damaged' | 'missing'> {
  try {
    const object = await target.storage.stat(target.key);
    if (object === null) return 'missing';
    if (object.bytes !== file.bytes) return 'damaged';
    return (await digestOf(target, options)) === file.sha256 ? 'whole' : 'damaged';
  } catch (error) {
    if (isSagekeepError(error, 'STORAGE_OBJECT_MISSING')) return 'missing';
    throw error;
  }
}

async function digestOf(
  { storage, key }: Target,
  { signal, onBytes, bytesPerSecond }: ScrubOptions,
): Promise<string> {
  const hash = createHash('sha256');
  const startedAt = performance.now();
  let bytes = 0;
  for await (const chunk of await storage.open(key)) {
    signal?.throwIfAborted();
    hash.update(chunk);
    bytes += chunk.length;
    onBytes?.(chunk.length);
    if (bytesPerSecond !== undefined) await untilDue(startedAt + (bytes / bytesPerSecond) * 1000, signal);
  }
  return hash.digest('hex');
}

async function untilDue(due: number, signal?: AbortSignal): Promise<void> {
  const early = due - performance.now();
  if (early < 1) return;
  await delay(early, undefined, { signal }).catch(() => signal?.throwIfAborted());
}
