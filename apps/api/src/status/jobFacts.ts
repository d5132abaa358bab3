import { isJobName, type JobView, type Schedule } from '@sagekeep/contracts';
import { type Jobs, type Schedules, standingFailures } from '@sagekeep/runtime';
import { failureKey, type JobFacts, type JobFailure, type NextRun } from '@sagekeep/watch';

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
    return { state: 'answered', counts, failures: failed.map(failureOf), workers, nextRuns: nextRunsOf(all) };
  } catch {
    return { state: 'silent' };
  }
}

function failureOf({ queue, id, name, payload, finishedAt }: JobView): JobFailure {
  const cause = isJobName(name)
    ? failureKey({ name, payload: { ...(payload as Record<string, unknown> | null) } })
    : '';
  return { queue, id, at: finishedAt, cause };
}

function nextRunsOf(schedules: readonly Schedule[]): NextRun[] {
  return schedules
    .flatMap(({ name, job, payload, nextRunAt }) => {
      if (nextRunAt === null) return [];
      const database = typeof payload['database'] === 'string' ? payload['database'] : null;
      return [{ schedule: name, at: new Date(nextRunAt), job, database }];
    })
    .sort((a, b) => a.at.getTime() - b.at.getTime());
}
