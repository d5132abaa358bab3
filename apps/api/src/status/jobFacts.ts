import type { Schedule } from '@sagekeep/contracts';
import type { Jobs, Schedules } from '@sagekeep/runtime';
import type { JobFacts } from '@sagekeep/watch';

/** What the queues say right now; `silent` when Redis does not answer. */
export async function jobFacts(jobs: Jobs, schedules: Schedules): Promise<JobFacts> {
  if (!jobs.ready()) return { state: 'silent' };
  try {
    const [counts, workers, all] = await Promise.all([jobs.counts(), jobs.workers(), schedules.list()]);
    return { state: 'answered', counts, workers, nextRuns: nextRunsOf(all) };
  } catch {
    return { state: 'silent' };
  }
}

function nextRunsOf(schedules: readonly Schedule[]): { schedule: string; at: Date }[] {
  return schedules
    .flatMap(({ name, nextRunAt }) =>
      nextRunAt === null ? [] : [{ schedule: name, at: new Date(nextRunAt) }],
    )
    .sort((a, b) => a.at.getTime() - b.at.getTime());
}
