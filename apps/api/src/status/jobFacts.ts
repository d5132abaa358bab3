import { QueueName } from '@sagekeep/contracts';
import type { Jobs } from '@sagekeep/runtime';
import type { JobFacts } from '@sagekeep/watch';

/** What the queues say right now; `silent` when Redis does not answer. */
export async function jobFacts(jobs: Jobs): Promise<JobFacts> {
  if (!jobs.ready()) return { state: 'silent' };
  try {
    const [counts, workers, nextRuns] = await Promise.all([
      jobs.counts(),
      jobs.workers(),
      readNextRuns(jobs),
    ]);
    return { state: 'answered', counts, workers, nextRuns };
  } catch {
    return { state: 'silent' };
  }
}

async function readNextRuns(jobs: Jobs): Promise<{ schedule: string; at: Date }[]> {
  const perQueue = await Promise.all(
    QueueName.options.map((name) => jobs.queue(name).getJobSchedulers(0, -1, true)),
  );
  return perQueue
    .flat()
    .flatMap(({ key, next }) =>
      next === undefined || next === null ? [] : [{ schedule: key, at: new Date(next) }],
    )
    .sort((a, b) => a.at.getTime() - b.at.getTime());
}
