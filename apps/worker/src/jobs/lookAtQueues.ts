import { isSagekeepError, Progress, QueueName } from '@sagekeep/contracts';
import { type Jobs, standingFailures } from '@sagekeep/runtime';
import { type Look, type QueueFacts, readRedisInfo } from '@sagekeep/watch';
import type { Job } from 'bullmq';

/** What Redis and the queues say of themselves; null for whatever did not answer. */
export async function lookAtQueues(
  jobs: Jobs,
  now: Date,
): Promise<Pick<Look, 'redis' | 'queues' | 'workers'>> {
  try {
    const counts = await jobs.counts();
    const failures = await standingFailures(jobs, now);
    const queues = QueueName.options.map(async (name): Promise<QueueFacts> => {
      const { waiting = 0 } = counts[name];
      const failed = failures.filter(({ queue }) => queue === name).length;
      return { name, waiting, failed, oldestWaitingMs: await oldestWaiting(jobs, name, now) };
    });
    return {
      queues: await Promise.all(queues),
      // This one lives, though a Redis that has just lost its data may not have heard of it yet.
      workers: Math.max(1, (await jobs.workers()).length),
      redis: await redisFacts(jobs),
    };
  } catch (error) {
    if (!isSagekeepError(error, 'QUEUE_UNAVAILABLE')) throw error;
    return { redis: null, queues: null, workers: null };
  }
}

/** A job that goes back to its queue for the sake of another one waits too, though BullMQ calls it delayed. */
async function oldestWaiting(jobs: Jobs, name: QueueName, now: Date): Promise<number | null> {
  const queue = jobs.queue(name);
  const waiting = await queue.getJobs(['waiting'], 0, 0, true);
  const polite = (await queue.getJobs(['delayed'], 0, 199, true)).filter(waitsPolitely);
  const due = [...waiting, ...polite].map((job) => job.timestamp + (job.opts.delay ?? 0));
  return due.length === 0 ? null : Math.max(0, now.getTime() - Math.min(...due));
}

function waitsPolitely(job: Job | undefined): boolean {
  return job !== undefined && Progress.safeParse(job.progress).data?.phase === 'waiting';
}

async function redisFacts(jobs: Jobs): Promise<Look['redis']> {
  const client = await jobs.queue('monitor').getBackend().client;
  const info = await client.info();
  const save = await savePoints(client);
  return readRedisInfo(info, save);
}

/** Managed servers forbid CONFIG. */
async function savePoints(client: object): Promise<string | null> {
  if (!('config' in client) || typeof client.config !== 'function') return null;
  try {
    const answer: unknown = await client.config('GET', 'save');
    return Array.isArray(answer) && typeof answer[1] === 'string' ? answer[1] : null;
  } catch {
    return null;
  }
}
