import type { JobHooks } from '@sagekeep/runtime';
import { createJobObserver } from '@sagekeep/watch';
import type { WorkerDependencies } from './dependencies.ts';
import { createPings } from './pings.ts';

/** What the ends of jobs mean to others: incidents, and pings of healthchecks.io. */
export function createHooks(dependencies: WorkerDependencies): JobHooks {
  const observer = createJobObserver(dependencies.incidents);
  const pings = createPings(dependencies);
  return {
    started: pings.started,
    async completed(job, result) {
      await Promise.all([observer.completed(job, result), pings.completed(job, result)]);
    },
    async failed(job, { code, message, advice }) {
      await Promise.all([
        observer.failed(job, { code, message, advice: advice ?? undefined }),
        pings.failed(job),
      ]);
    },
  };
}
