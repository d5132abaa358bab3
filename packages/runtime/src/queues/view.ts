import { JobState, type JobView, Progress, type QueueName } from '@sagekeep/contracts';
import type { Job } from 'bullmq';
import { parseFailure } from './failure.ts';

/** Whether a state is one that a job stays in until somebody retries it. */
export function isEnded(state: string): boolean {
  return state === 'completed' || state === 'failed';
}

/** How a job ended, by its content alone; null while it has not. */
export function endedState(job: Job): 'completed' | 'failed' | null {
  if (typeof job.finishedOn !== 'number') return null;
  // The reason of an earlier attempt's failure stays when a later one succeeds; only a success has a result.
  const result: unknown = job.returnvalue;
  return result === undefined || result === null ? 'failed' : 'completed';
}

/** A job as API and CLI show it. `log` is read by the caller; lists leave it empty. */
export function viewOf(
  queue: QueueName,
  job: Job,
  about: { state: string; log: readonly string[] },
): JobView {
  // The content is read at one blow; the state is another answer, which may be older.
  const told = endedState(job) ?? (isEnded(about.state) ? 'unknown' : about.state);
  const state = JobState.catch('unknown').parse(told);
  const detail = Progress.safeParse(job.progress);
  const failed = typeof job.failedReason === 'string' && job.failedReason !== '' && state !== 'completed';
  return {
    id: job.id ?? '',
    name: job.name,
    queue,
    state,
    progress: state === 'completed' ? 100 : detail.success ? detail.data.progress : numberOf(job.progress),
    phase: detail.success ? detail.data.phase : null,
    detail: detail.success ? detail.data : null,
    attempts: { made: job.attemptsMade, of: job.opts.attempts ?? 1 },
    payload: job.data as unknown,
    log: [...about.log],
    result: state === 'completed' ? ((job.returnvalue as unknown) ?? null) : null,
    error: failed ? parseFailure(job.failedReason) : null,
    createdAt: new Date(job.timestamp).toISOString(),
    startedAt: instant(job.processedOn),
    finishedAt: instant(job.finishedOn),
  };
}

function numberOf(progress: unknown): number {
  return typeof progress === 'number' ? Math.min(Math.max(progress, 0), 100) : 0;
}

function instant(ms: number | undefined | null): string | null {
  return typeof ms === 'number' ? new Date(ms).toISOString() : null;
}
