/**
 * Runs two pieces of work at once. When one fails the other's signal aborts with that error, and only when both have
 * really ended does the first failure reach the caller: nothing goes on behind its back. For pieces that know nothing of
 * each other; parts of one flow, where a failure echoes in the neighbours, are run `together`.
 */
export async function inParallel<A, B>(
  signal: AbortSignal,
  first: (signal: AbortSignal) => Promise<A>,
  second: (signal: AbortSignal) => Promise<B>,
): Promise<[A, B]> {
  const failed = new AbortController();
  const both = AbortSignal.any([signal, failed.signal]);
  const guarded = async <Result>(work: (signal: AbortSignal) => Promise<Result>): Promise<Result> => {
    try {
      return await work(both);
    } catch (error) {
      if (!failed.signal.aborted) failed.abort(error);
      throw error;
    }
  };
  const [a, b] = await Promise.allSettled([guarded(first), guarded(second)]);
  if (a.status === 'fulfilled' && b.status === 'fulfilled') return [a.value, b.value];
  signal.throwIfAborted();
  throw failed.signal.reason;
}
