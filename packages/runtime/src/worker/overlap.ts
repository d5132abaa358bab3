import type { Job, Queue } from 'bullmq';
import { plannedRun } from '../schedules/runIds.ts';

/**
 * The earlier run of the same schedule that is still going (running, waiting for its next attempt or handed back);
 * null when there is none. BullMQ itself lets slow and retried runs overlap.
 */
export async function earlierRun(queue: Queue, job: Job): Promise<Job | null> {
  const mine = plannedRun(job.id ?? '');
  if (mine === null) return null;
  const others = await queue.getJobs(['active', 'waiting', 'delayed'], 0, 999);
  for (const other of others) {
    // BullMQ leaves a gap where a job has gone meanwhile.
    if (other === undefined || other.attemptsStarted === 0) continue;
    const run = plannedRun(other.id ?? '');
    if (run?.schedule === mine.schedule && run.dueAt < mine.dueAt) return other;
  }
  return null;
}
