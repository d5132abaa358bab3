import { type JobName, jobCatalogue } from '@sagekeep/contracts';
import type { JobsOptions } from 'bullmq';

const daySeconds = 86_400;

/** How long Redis remembers what a key was answered with, and finished jobs. */
export const rememberSeconds = 14 * daySeconds;

/** The options of a job as the catalogue says; failed jobs are kept long. */
export function jobOptions(name: JobName): JobsOptions {
  return {
    attempts: jobCatalogue[name].attempts,
    backoff: { type: 'custom' },
    removeOnComplete: { age: rememberSeconds, count: 1_000 },
    removeOnFail: { age: 90 * daySeconds, count: 5_000 },
    stackTraceLimit: 10,
    keepLogs: 2_000,
    sizeLimit: 64 * 1024,
  };
}

/**
 * The delay before the next attempt in ms: doubled each time, never above the cap, with jitter that takes away up to
 * a third. `random` is from 0 to 1.
 */
export function backoffDelay(
  name: JobName,
  attemptsMade: number,
  options: { factor: number; random: number },
): number {
  const { firstMs, capMs } = jobCatalogue[name].backoff;
  const doubled = firstMs * 2 ** Math.min(Math.max(attemptsMade - 1, 0), 30);
  return Math.round(Math.min(doubled, capMs) * (1 - options.random / 3) * options.factor);
}
