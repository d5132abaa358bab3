import { createReadStream } from 'node:fs';
import { checksumBit, descriptorAt } from '../../zstd/index.ts';
import type { FrameIndex } from './frameIndex.ts';
import type { CopiedRows, Copies } from './segments.ts';

interface ArchivePlace {
  readonly path: string;
  /** How long its whole numbers are, without their sign. */
  readonly intBytes: number;
}

const readBytes = 1 << 18;

/** The compressed bytes of one table's data, without the lengths between them. */
async function* payloadOf({ path, intBytes }: ArchivePlace, offset: number): AsyncGenerator<Buffer> {
  const file = createReadStream(path, { start: offset, highWaterMark: readBytes });
  const chunks = file[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
  let bytes: Buffer = Buffer.alloc(0);

  async function more(): Promise<void> {
    const next = await chunks.next();
    if (next.done === true) throw new Error(`${path} ends within the data of a table.`);
    bytes = bytes.length === 0 ? next.value : Buffer.concat([bytes, next.value]);
  }
  async function take(count: number): Promise<Buffer> {
    while (bytes.length < count) await more();
    const taken = bytes.subarray(0, count);
    bytes = bytes.subarray(count);
    return taken;
  }
  const length = async () => (await take(1 + intBytes)).readUIntLE(1, intBytes);

  try {
    await take(1 + 1 + intBytes); // kind and dump id
    for (let left = await length(); left > 0; left = await length()) {
      while (left > 0) {
        if (bytes.length === 0) await more();
        const piece = await take(Math.min(left, bytes.length));
        left -= piece.length;
        yield piece;
      }
    }
  } finally {
    file.destroy();
  }
}

/**
 * The frame that holds a table's rows, with the checksum of its content that pg_dump leaves out: its header announces
 * one, and it follows behind the last block.
 */
async function* copyRows(place: ArchivePlace, { offset, checksum }: CopiedRows): AsyncGenerator<Buffer> {
  let position = 0;
  for await (const piece of payloadOf(place, offset)) {
    const at = descriptorAt - position;
    position += piece.length;
    if (at < 0 || at >= piece.length) {
      yield piece;
      continue;
    }
    const changed = Buffer.from(piece);
    changed[at] = (changed[at] ?? 0) | checksumBit;
    yield changed;
  }
  const sum = Buffer.alloc(4);
  sum.writeUInt32LE(await checksum);
  yield sum;
}

/** What may be copied from the archive at that place; `frames` has seen all of it. */
export function copiesOf(frames: FrameIndex, place: ArchivePlace): Copies {
  return { find: frames.find, copy: (rows) => copyRows(place, rows) };
}
