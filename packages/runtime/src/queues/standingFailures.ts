import { isAskedFor, type JobView } from '@sagekeep/contracts';
import type { Jobs } from '../jobs.ts';

/** So many of the newest jobs of a queue are looked through. */
const limit = 200;

/**
 * Failed jobs that still mean something, newest first: nothing of the same kind has succeeded since, nobody cancelled
 * them, and nobody stood by and read the answer, as with a plan. Such jobs mean nothing when they succeed, either.
 */
export async function standingFailures(jobs: Pick<Jobs, 'list'>): Promise<JobView[]> {
  const { items } = await jobs.list({ state: 'failed', limit });
  const failed = items.filter(isTrouble);
  const queues = [...new Set(failed.map(({ queue }) => queue))];
  const lists = await Promise.all(queues.map((queue) => jobs.list({ queue, state: 'completed', limit })));
  return withoutSuccess(
    failed,
    lists.flatMap((list) => list.items).filter((job) => !isAskedFor(job)),
  );
}

/** Those that no success of the same job for the same database (a delivery: to the same channel) has followed. Pure. */
export function withoutSuccess(failed: readonly JobView[], completed: readonly JobView[]): JobView[] {
  return failed.filter(
    (job) => !completed.some((one) => subjectOf(one) === subjectOf(job) && endOf(one) > endOf(job)),
  );
}

function isTrouble(job: JobView): boolean {
  return job.error?.code !== 'CANCELLED' && !isAskedFor(job);
}

function endOf({ finishedAt }: JobView): string {
  return finishedAt ?? '';
}

/** A backup's id carries the name of its database. */
function subjectOf({ name, payload }: JobView): string {
  const { database, channel, backup } = { ...(payload as Record<string, unknown> | null) };
  const about = database ?? channel ?? String(backup ?? '').replace(/_backup_\d{8}_\d{6}(_\d+)?$/, '');
  return `${name} ${String(about)}`;
}
