import { isSagekeepError, type JobContext, type JobName, type JobPayload } from '@sagekeep/contracts';
import type { AddOptions, Jobs } from '@sagekeep/runtime';

const askAgainMs = 1_000;

/** A job that follows from another one. While Redis is away it is offered again until this job is aborted. */
export async function enqueuePatiently<N extends JobName>(
  about: { jobs: Jobs; context: JobContext; name: N },
  payload: JobPayload<N>,
  options: AddOptions,
): Promise<string> {
  for (;;) {
    try {
      return (await about.jobs.add(about.name, payload, options)).id;
    } catch (error) {
      if (!isSagekeepError(error, 'QUEUE_UNAVAILABLE')) throw error;
    }
    await pause(about.context.signal);
  }
}

async function pause(signal: AbortSignal): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, askAgainMs);
  const wake = () => resolve();
  signal.addEventListener('abort', wake, { once: true });
  if (signal.aborted) resolve();
  await promise;
  clearTimeout(timer);
  signal.removeEventListener('abort', wake);
  signal.throwIfAborted();
}
