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
  for (const file of manifest.files) {
    options.signal?.throwIfAborted();
    const key = `${folderOfId(manifest.id)}/${file.name}`;
    if (!(await isWhole({ storage, key }, file, options))) damaged.push(file.name);
  }
  // Missing with the whole backup is not damaged: it was deleted, or is just being put back.
  if (damaged.length > 0 && (await storage.stat(`${folderOfId(manifest.id)}/${manifestName}`)) === null)
    throw unknownBackup(manifest.id, true);
  return damaged;
}

/** Whether an object is, byte for byte, what a manifest says. Missing is damaged. */
export async function isWhole(
  target: { storage: Storage; key: string },
  file: Pick<BackupFile, 'bytes' | 'sha256'>,
  options: ScrubOptions = {},
): Promise<boolean> {
  try {
    const object = await target.storage.stat(target.key);
    if (object?.bytes !== file.bytes) return false;
    return (await digestOf(target, options)) === file.sha256;
  } catch (error) {
    if (isSagekeepError(error, 'STORAGE_OBJECT_MISSING')) return false;
    throw error;
  }
}

async function digestOf(
  { storage, key }: { storage: Storage; key: string },
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
