import { PassThrough } from 'node:stream';
import { compressFrame, through } from '../../zstd/index.ts';
import type { Copies, Segment } from './segments.ts';

/** So many pieces of SQL may wait, of 64 KiB each, while rows before them are copied. */
const waitingSegments = 32;

/** One after the other: a frame for each stretch of SQL, and between them the frames that are copied. */
async function* framesOf(
  segments: AsyncIterable<Segment>,
  { copy }: Pick<Copies, 'copy'>,
): AsyncGenerator<Buffer> {
  const source = segments[Symbol.asyncIterator]();
  let next = await source.next();

  async function* stretch(): AsyncGenerator<Buffer> {
    while (next.done !== true && Buffer.isBuffer(next.value)) {
      yield next.value;
      next = await source.next();
    }
  }

  try {
    while (next.done !== true) {
      if (Buffer.isBuffer(next.value)) {
        yield* compressFrame(stretch());
        continue;
      }
      yield* copy(next.value);
      next = await source.next();
    }
  } finally {
    await source.return?.();
  }
}

/**
 * The compressed file of what pg_restore wrote: frames may follow one another (RFC 8878, 3.1). Rows are copied while
 * pg_restore's output goes on being read: the checksum that ends their frame is known only behind them.
 */
export function sqlFileOf(segments: AsyncIterable<Segment>, copies: Copies): AsyncGenerator<Buffer> {
  const queue = new PassThrough({ objectMode: true, highWaterMark: waitingSegments });
  return framesOf(through<Segment>(segments, queue), copies);
}
