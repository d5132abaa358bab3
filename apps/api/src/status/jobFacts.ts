import { isJobName, isSagekeepError, type JobView, type Schedule } from '@sagekeep/contracts';
import { type Jobs, type Schedules, standingFailures } from '@sagekeep/runtime';
import { failureKey, type JobFacts, type JobFailure, type NextRun } from '@sagekeep/watch';

/** What the queues say right now; `silent` when Redis does not answer. */
export async function jobFacts(jobs: Jobs, schedules: Schedules): Promise<JobFacts> {
  if (!jobs.ready()) return { state: 'silent' };
  try {
    const [counts, failed, workers, nextRuns] = await Promise.all([
      jobs.counts(),
      standingFailures(jobs),
      jobs.workers(),
      nextRunsOf(schedules),
    ]);
    return { state: 'answered', counts, failures: failed.map(failureOf), workers, nextRuns };
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

/** Null when what the storage has of the schedules cannot be read: that Redis does not answer must not be said of it. */
async function nextRunsOf(schedules: Schedules): Promise<NextRun[] | null> {
  try {
    const { items, damaged } = await schedules.listAll();
    return damaged.length > 0 ? null : plannedRuns(items);
  } catch (error) {
    if (isSagekeepError(error) && error.code.startsWith('STORAGE_')) return null;
    throw error;
  }
}

function plannedRuns(schedules: readonly Schedule[]): NextRun[] {
  return schedules
    .flatMap(({ name, job, payload, nextRunAt }) => {
      if (nextRunAt === null) return [];
      const database = typeof payload['database'] === 'string' ? payload['database'] : null;
      return [{ schedule: name, at: new Date(nextRunAt), job, database }];
    })
    .sort((a, b) => a.at.getTime() - b.at.getTime());
}
