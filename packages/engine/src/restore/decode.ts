import { createReadStream } from 'node:fs';
import type { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { SagekeepError } from '@sagekeep/contracts';
import { decompressed } from '../zstd/index.ts';
import type { Dump } from './source.ts';

const trailer = '-- PostgreSQL database dump complete';

/**
 * A dump's bytes as SQL or as archive, for whoever iterates over them: an error of the file is thrown by the reading,
 * also when it came before that began.
 */
export function openDump(dump: Pick<Dump, 'path' | 'compression'>): Readable {
  return opened(dump).on('error', () => undefined);
}

function opened(dump: Pick<Dump, 'path' | 'compression'>): Readable {
  const file = createReadStream(dump.path, { highWaterMark: 1024 * 1024 });
  if (dump.compression === 'none') return file;
  if (dump.compression === 'lz4') {
    throw new SagekeepError('INVALID_INPUT', 'lz4 files cannot be read here.', {
      advice: 'Decompress the file with lz4 -d first.',
    });
  }
  if (dump.compression === 'zstd') return decompressed(file);
  const decoder = createGunzip();
  file.on('error', (error) => decoder.destroy(error));
  decoder.on('close', () => file.destroy());
  return file.pipe(decoder);
}

/** Watches SQL go by and tells at its end whether pg_dump's last line was there: only a whole dump has it. */
export function createTrailerWatch(): { see(chunk: Buffer): void; complete(): boolean } {
  let tail: Buffer = Buffer.alloc(0);
  const kept = 4096;
  return {
    see(chunk) {
      tail =
        chunk.length >= kept
          ? chunk.subarray(chunk.length - kept)
          : Buffer.concat([tail, chunk]).subarray(-kept);
    },
    complete: () => tail.toString('latin1').includes(`\n${trailer}\n`),
  };
}

export function cutOff(name: string): SagekeepError {
  return new SagekeepError('FILE_DAMAGED', `${name} is cut off: pg_dump's last line is missing.`, {
    advice: 'Use another backup, or the other format of this one.',
    facts: { file: name },
  });
}

/** What it means that a file could not be read to its end: the file is damaged, unless the system refused to read. */
export function undecodable(name: string, cause: unknown): SagekeepError {
  if (cause instanceof Error && 'syscall' in cause) {
    return new SagekeepError('STORAGE_FAILED', `${name} cannot be read: ${cause.message}.`, {
      retryable: true,
      advice: 'Look into the disk and the rights of the storage folder.',
      facts: { file: name },
      cause,
    });
  }
  return new SagekeepError('FILE_DAMAGED', `${name} cannot be decompressed to its end.`, {
    advice: 'Use another backup, or the other format of this one.',
    facts: { file: name },
    cause,
  });
}

/** Reads an SQL dump to its very end. Throws `FILE_DAMAGED` when it does not decode or its last line is missing. */
export async function decodeSql(dump: Dump, signal: AbortSignal): Promise<void> {
  const watch = createTrailerWatch();
  try {
    const stream = openDump(dump);
    const stop = () => stream.destroy();
    signal.addEventListener('abort', stop, { once: true });
    try {
      for await (const chunk of stream as AsyncIterable<Buffer>) watch.see(chunk);
    } finally {
      signal.removeEventListener('abort', stop);
    }
  } catch (error) {
    signal.throwIfAborted();
    throw undecodable(dump.name, error);
  }
  signal.throwIfAborted();
  if (!watch.complete()) throw cutOff(dump.name);
}
