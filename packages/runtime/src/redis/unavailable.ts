import { SagekeepError } from '@sagekeep/contracts';

/** What callers hear while Redis is away: nothing was done, and nothing will be done later. */
export function queueUnavailable(cause?: unknown): SagekeepError {
  return new SagekeepError('QUEUE_UNAVAILABLE', 'The job queue does not answer; nothing was enqueued.', {
    retryable: true,
    advice: 'Check that Redis runs and can be reached, then ask again; `--offline` works without it.',
    cause,
  });
}

/** The promise's outcome, or `QUEUE_UNAVAILABLE` when there is none within `ms`. */
export async function within<T>(ms: number, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      // After a stall of this process the answer may lie in the socket: it is read before the next turn's timers.
      setImmediate(() => setImmediate(() => reject(queueUnavailable())));
    }, ms);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
    work.catch(() => undefined);
  }
}
