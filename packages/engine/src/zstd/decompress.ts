import { Readable } from 'node:stream';
import { createZstdDecompress } from 'node:zlib';
import { createFrameWalk } from './frameWalk.ts';
import { through } from './through.ts';

/**
 * Decompresses frame after frame. Node's own decompressor ends with the first one and says nothing of the others, as of
 * version 24. Throws when a frame is damaged or cut off; a frame that carries a checksum is held against it.
 */
export async function* decompressFrames(source: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const pieces = source[Symbol.asyncIterator]();
  let rest: Buffer | null = null;

  async function more(): Promise<boolean> {
    while (rest === null || rest.length === 0) {
      const next = await pieces.next();
      if (next.done === true) return false;
      rest = next.value;
    }
    return true;
  }

  async function* frame(): AsyncGenerator<Buffer> {
    const walk = createFrameWalk();
    while (await more()) {
      const piece = rest as unknown as Buffer;
      const end = walk.scan(piece, 0);
      rest = end < 0 ? null : piece.subarray(end);
      yield end < 0 ? piece : piece.subarray(0, end);
      if (end >= 0) return;
    }
    throw new Error('The zstd data are cut off.');
  }

  try {
    while (await more()) yield* through(frame(), createZstdDecompress());
  } finally {
    await pieces.return?.();
  }
}

/** The same as a stream; destroying it ends the source, whose errors reach it whenever they come. */
export function decompressed(source: Readable): Readable {
  // One that comes before the first reading is thrown by it.
  source.on('error', () => undefined);
  const stream = Readable.from(decompressFrames(source), { objectMode: false });
  stream.on('close', () => source.destroy());
  return stream;
}
