import type { Job, Queue } from 'bullmq';

/** When a scheduled run was planned, ms; null when no schedule made the job. */
export function plannedAt(job: Job): number | null {
  if (job.repeatJobKey === undefined) return null;
  const millis = Number((job.id ?? '').split(':').at(-1));
  return Number.isFinite(millis) ? millis : job.timestamp;
}

/**
 * The earlier run of the same schedule that is still going (running, waiting for its next attempt or handed back);
 * null when there is none. BullMQ itself lets slow and retried runs overlap.
 */
export async function earlierRun(queue: Queue, job: Job): Promise<Job | null> {
  const mine = plannedAt(job);
  if (mine === null) return null;
  const others = await queue.getJobs(['active', 'waiting', 'delayed'], 0, 999);
  for (const other of others) {
    if (other === undefined || other.id === job.id || other.repeatJobKey !== job.repeatJobKey) continue;
    const planned = plannedAt(other);
    if (planned !== null && planned < mine && other.attemptsStarted > 0) return other;
  }
  return null;
}
