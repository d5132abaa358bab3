import { once } from 'node:events';
import type { Writable } from 'node:stream';

/**
 * Writes with back-pressure. A sink that has closed takes nothing more: a tool that ends before its input does has its
 * reason, and its exit code tells it.
 */
export async function feed(sink: Writable, chunk: Buffer): Promise<void> {
  if (chunk.length === 0 || sink.destroyed || sink.write(chunk)) return;
  const stop = new AbortController();
  const { signal } = stop;
  await Promise.race([once(sink, 'drain', { signal }), once(sink, 'close', { signal })]).catch(
    () => undefined,
  );
  stop.abort();
}
