import type { Duplex } from 'node:stream';
import { pipeline } from 'node:stream/promises';

/**
 * What comes out of a stream that is fed from `source` at the same time. Throws the error of either; whoever stops reading
 * ends both.
 */
export async function* through<Out = Buffer>(
  source: AsyncIterable<unknown>,
  stream: Duplex,
): AsyncGenerator<Out> {
  const feeding = pipeline(source, stream);
  // Its error destroys the stream, where it is heard; after whoever stops reading nobody is left to hear of it.
  feeding.catch(() => undefined);
  yield* stream as AsyncIterable<Out>;
  await feeding;
}
