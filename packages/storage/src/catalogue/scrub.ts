import { createHash } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { type BackupFile, isSagekeepError } from '@sagekeep/contracts';
import type { Storage } from '../port.ts';

export interface ScrubOptions {
  readonly signal?: AbortSignal;
  readonly onBytes?: (bytes: number) => void;
  /** Reads no faster than this. */
  readonly bytesPerSecond?: number;
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
