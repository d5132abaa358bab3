import { isAskedFor, type JobView } from '@sagekeep/contracts';
import type { Jobs } from '../jobs.ts';
import { rememberSeconds } from './options.ts';

/** So many of the newest jobs of a queue are looked through. */
const limit = 200;

/**
 * Failed jobs that still mean something, newest first: nothing of the same kind has succeeded since, nobody cancelled
 * them, and nobody stood by and read the answer, as with a plan. Such jobs mean nothing when they succeed, either. Failures are
 * kept longer than successes: one from before the oldest success that is known may have been followed by any, and is left out.
 */
export async function standingFailures(jobs: Pick<Jobs, 'list'>, now: Date = new Date()): Promise<JobView[]> {
  const { items } = await jobs.list({ state: 'failed', limit });
  const failed = items.filter(isTrouble);
  const queues = [...new Set(failed.map(({ queue }) => queue))];
  const lists = await Promise.all(
    queues.map(async (queue) => [queue, await jobs.list({ queue, state: 'completed', limit })] as const),
  );
  const knownSince = new Map(lists.map(([queue, list]) => [queue, sinceWhen(list, now)]));
  return withoutSuccess(
    failed.filter((job) => endOf(job) >= (knownSince.get(job.queue) ?? '')),
    lists.flatMap(([, list]) => list.items).filter((job) => !isAskedFor(job)),
  );
}

/** Since when every success of a queue is in its list: Redis forgets the old ones, and the list may be longer than was read. */
function sinceWhen({ items, nextCursor }: Awaited<ReturnType<Jobs['list']>>, now: Date): string {
  const forgotten = new Date(now.getTime() - rememberSeconds * 1000).toISOString();
  const oldest = nextCursor === undefined ? undefined : items.at(-1)?.createdAt;
  return oldest !== undefined && oldest > forgotten ? oldest : forgotten;
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
