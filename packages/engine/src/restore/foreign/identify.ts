import { open } from 'node:fs/promises';
import { SagekeepError } from '@sagekeep/contracts';
import { openDump } from '../decode.ts';
import type { Dump } from '../source.ts';

const headBytes = 64 * 1024;

function compressionOf(head: Buffer): Dump['compression'] {
  if (head.subarray(0, 2).equals(Buffer.from([0x1f, 0x8b]))) return 'gzip';
  if (head.subarray(0, 4).equals(Buffer.from([0x28, 0xb5, 0x2f, 0xfd]))) return 'zstd';
  if (head.subarray(0, 4).equals(Buffer.from([0x04, 0x22, 0x4d, 0x18]))) return 'lz4';
  return 'none';
}

function noDump(name: string, why: string): SagekeepError {
  return new SagekeepError(
    'INVALID_INPUT',
    `${JSON.stringify(name)} is no dump that can be restored: ${why}.`,
    {
      advice:
        'Give a file that pg_dump wrote, in plain or custom format, compressed with gzip or zstd or not at all.',
      facts: { file: name },
    },
  );
}

async function rawHead(path: string): Promise<Buffer> {
  const file = await open(path);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(16), 0, 16, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}

async function decodedHead(dump: Pick<Dump, 'path' | 'compression'>, name: string): Promise<Buffer> {
  const stream = openDump(dump);
  const parts: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const chunk of stream as AsyncIterable<Buffer>) {
      parts.push(chunk);
      bytes += chunk.length;
      if (bytes >= headBytes) break;
    }
  } catch (error) {
    throw noDump(name, error instanceof Error ? error.message : String(error));
  }
  return Buffer.concat(parts).subarray(0, headBytes);
}

export interface Identified {
  readonly dump: Dump;
  /** The first 64 KiB, decompressed. */
  readonly head: Buffer;
}

/** Finds out what a file is by what it holds, never by its name. Throws `INVALID_INPUT`. */
export async function identify(path: string, name: string): Promise<Identified> {
  const raw = await rawHead(path);
  if (raw.length === 0) throw noDump(name, 'it is empty');
  const compression = compressionOf(raw);
  const head = await decodedHead({ path, compression }, name);
  if (head.subarray(0, 5).equals(Buffer.from('PGDMP'))) {
    return { dump: { format: 'custom', compression, name, path }, head };
  }
  if (head.subarray(257, 262).equals(Buffer.from('ustar'))) throw noDump(name, 'it is in tar format');
  if (head.includes('-- PostgreSQL database cluster dump')) throw noDump(name, 'it is of a whole cluster');
  if (!head.includes('-- PostgreSQL database dump')) throw noDump(name, 'it does not begin like one');
  return { dump: { format: 'sql', compression, name, path }, head };
}
