import { Readable } from 'node:stream';

type Source = AsyncIterable<Uint8Array>;

/**
 * Passes a source on, and ends with the signal's own reason as soon as it aborts, however silent the source is.
 * The source is ended in every case but its own end.
 */
export async function* untilAborted(source: Source, signal?: AbortSignal): AsyncGenerator<Uint8Array> {
  const iterator = source[Symbol.asyncIterator]();
  let finished = false;
  try {
    for (;;) {
      const next = await nextOf(iterator, signal);
      finished = next.done === true;
      if (finished) return;
      yield next.value;
    }
  } finally {
    if (!finished) end(source, iterator);
  }
}

/** One promise per step: racing against one long-lived promise would hold every step in memory. */
function nextOf<T>(iterator: AsyncIterator<T>, signal?: AbortSignal): Promise<IteratorResult<T>> {
  if (signal === undefined) return iterator.next();
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason);
    if (signal.aborted) return abort();
    signal.addEventListener('abort', abort, { once: true });
    iterator
      .next()
      .then(resolve, reject)
      .finally(() => signal.removeEventListener('abort', abort));
  });
}

function end(source: Source, iterator: AsyncIterator<Uint8Array>): void {
  if (source instanceof Readable) source.destroy();
  // A generator that is stuck in its own await answers later or never: it is not waited for.
  else Promise.resolve(iterator.return?.()).catch(() => undefined);
}
