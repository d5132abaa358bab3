import type { JobHooks } from '@sagekeep/runtime';
import type { Watch } from '@sagekeep/watch';

/** What the beginnings and ends of jobs mean to others is for watch to know. */
export function hooksOf({ jobs }: Watch): JobHooks {
  return {
    started: jobs.started,
    completed: jobs.completed,
    failed: (job, { code, message, advice }) =>
      jobs.failed(job, { code, message, advice: advice ?? undefined }),
  };
}
