import { SagekeepError } from '@sagekeep/contracts';

/**
 * The outcome of a read of the queues, or `QUEUE_UNAVAILABLE` when it takes longer than `ms`: a frozen Redis keeps its
 * connections open and answers nothing. Only for reads, because what was given up may still be carried out later.
 */
export async function answerWithin<T>(ms: number, read: Promise<T>): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => {
    reject(
      new SagekeepError('QUEUE_UNAVAILABLE', 'Redis does not answer', {
        retryable: true,
        advice: 'see that Redis runs; jobs that it holds are not lost',
      }),
    );
  }, ms);
  try {
    return await Promise.race([read, promise]);
  } finally {
    clearTimeout(timer);
  }
}
