import { PassThrough } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { compressFrame } from '../../zstd/index.ts';
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

  while (next.done !== true) {
    if (Buffer.isBuffer(next.value)) {
      yield* compressFrame(stretch());
      continue;
    }
    yield* copy(next.value);
    next = await source.next();
  }
}

/**
 * The compressed file of what pg_restore wrote: frames may follow one another (RFC 8878, 3.1). Rows are copied while
 * pg_restore's output goes on being read: the checksum that ends their frame is known only behind them.
 */
export async function* sqlFileOf(segments: AsyncIterable<Segment>, copies: Copies): AsyncGenerator<Buffer> {
  const queue = new PassThrough({ objectMode: true, highWaterMark: waitingSegments });
  const reading = pipeline(segments, queue);
  // Its error destroys the queue, where it is heard.
  reading.catch(() => undefined);
  try {
    yield* framesOf(queue as AsyncIterable<Segment>, copies);
    await reading;
  } finally {
    queue.destroy();
  }
}
