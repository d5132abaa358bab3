import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { type FileHandle, open, unlink } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import type { StoredDigest } from '../port.ts';
import { untilAborted } from './abortable.ts';
import { makeFolders, syncFolder } from './durable.ts';
import { guarded } from './failure.ts';
import { locate } from './paths.ts';
import type { Place } from './place.ts';

export interface CreateOptions {
  readonly signal?: AbortSignal;
  readonly onBytes?: (bytes: number) => void;
}
interface Target {
  readonly place: Place;
  readonly key: string;
}

/** Nobody waits longer than a slice takes to hash, however large the source's chunks are. */
const sliceBytes = 1 << 20;
const newFile = constants.O_CREAT | constants.O_EXCL | constants.O_WRONLY | constants.O_NOFOLLOW;

/** See `Storage.create`. */
export async function createObject(
  target: Target,
  source: Readable | AsyncIterable<Uint8Array>,
  options: CreateOptions = {},
): Promise<StoredDigest> {
  const { place, key } = target;
  options.signal?.throwIfAborted();
  const { handle, path, parent } = await guarded(place, key, async () => {
    const located = await locate(place, key);
    await makeFolders(place, located.segments.slice(0, -1));
    return { ...located, handle: await open(located.path, newFile, place.fileMode) };
  });
  try {
    const digest = await pour({ ...target, handle }, source, options);
    await guarded(place, key, async () => {
      await handle.sync();
      await handle.close();
      await syncFolder(parent);
    });
    return digest;
  } catch (error) {
    await handle.close().catch(() => undefined);
    await unlink(path).catch(() => undefined);
    throw error;
  }
}

/** Errors of the source pass through as they are; only the disk's are translated. */
async function pour(
  target: Target & { handle: FileHandle },
  source: AsyncIterable<Uint8Array>,
  options: CreateOptions,
): Promise<StoredDigest> {
  const hash = createHash('sha256');
  let bytes = 0;
  for await (const chunk of untilAborted(source, options.signal)) {
    for (const slice of slicesOf(chunk)) {
      const written = guarded(target.place, target.key, () => writeAll(target.handle, slice));
      // The disk writes while the processor hashes.
      hash.update(slice);
      await written;
      bytes += slice.byteLength;
      options.onBytes?.(slice.byteLength);
    }
  }
  return { bytes, sha256: hash.digest('hex') };
}

function* slicesOf(chunk: Uint8Array | string): Generator<Uint8Array> {
  const whole = typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
  for (let start = 0; start < whole.byteLength; start += sliceBytes)
    yield whole.subarray(start, start + sliceBytes);
}

/** A write may be short: on a nearly full disk the rest then fails with the reason. */
async function writeAll(handle: FileHandle, data: Uint8Array): Promise<void> {
  let offset = 0;
  while (offset < data.byteLength) {
    const { bytesWritten } = await handle.write(data, offset, data.byteLength - offset);
    offset += bytesWritten;
  }
}
