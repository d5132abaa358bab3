import type { Schedule } from '@sagekeep/contracts';
import { type Jobs, type Schedules, standingFailures } from '@sagekeep/runtime';
import type { JobFacts } from '@sagekeep/watch';

/** What the queues say right now; `silent` when Redis does not answer. */
export async function jobFacts(jobs: Jobs, schedules: Schedules): Promise<JobFacts> {
  if (!jobs.ready()) return { state: 'silent' };
  try {
    const [counts, failed, workers, all] = await Promise.all([
      jobs.counts(),
      standingFailures(jobs),
      jobs.workers(),
      schedules.list(),
    ]);
    const failures = failed.map(({ queue, id, finishedAt }) => ({ queue, id, at: finishedAt }));
    return { state: 'answered', counts, failures, workers, nextRuns: nextRunsOf(all) };
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
