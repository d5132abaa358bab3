import { type JobState, type JobView, type QueueName, SagekeepError } from '@sagekeep/contracts';
import type { JobType } from 'bullmq';
import type { QueueClient } from './client.ts';
import { viewOf } from './view.ts';

const states = [
  'active',
  'waiting',
  'prioritized',
  'delayed',
  'waiting-children',
  'completed',
  'failed',
] as const;
const defaultLimit = 50;
const largestLimit = 200;
const furthest = 5_000;

export interface JobFilter {
  readonly queue?: QueueName;
  readonly state?: JobState;
  readonly limit?: number;
  readonly cursor?: string;
}

/** Jobs of all queues, newest first. The cursor counts from the newest: jobs added meanwhile shift the pages. */
export async function listJobs(
  client: QueueClient,
  filter: JobFilter,
): Promise<{ items: JobView[]; nextCursor?: string }> {
  const limit = Math.min(Math.max(filter.limit ?? defaultLimit, 1), largestLimit);
  const skip = offsetOf(filter.cursor);
  const wanted = filter.state === undefined ? states : states.filter((state) => state === filter.state);
  const names = filter.queue === undefined ? client.names : [filter.queue];
  const parts = names.flatMap((queue) =>
    wanted.map((state) => newest(client, queue, { state, count: skip + limit + 1 })),
  );
  // A job that moved on while the lists were read may be in two of them.
  const seen = new Map((await Promise.all(parts)).flat().map((job) => [`${job.queue}/${job.id}`, job]));
  const all = [...seen.values()];
  all.sort((a, b) => b.createdAt.localeCompare(a.createdAt) || b.id.localeCompare(a.id));
  const items = all.slice(skip, skip + limit);
  const more = all.length > skip + limit && skip + limit < furthest;
  return more ? { items, nextCursor: String(skip + limit) } : { items };
}

async function newest(
  client: QueueClient,
  queue: QueueName,
  about: { state: JobType; count: number },
): Promise<JobView[]> {
  const jobs = await client.queue(queue).getJobs([about.state], 0, about.count - 1, false);
  const views = jobs.map((job) => viewOf(queue, job, { state: about.state, log: [] }));
  // One that was retried while the list was read is in another list by now.
  return views.filter(({ state }) => state !== 'unknown');
}

function offsetOf(cursor: string | undefined): number {
  if (cursor === undefined) return 0;
  const offset = /^\d{1,5}$/.test(cursor) ? Number(cursor) : furthest + 1;
  if (offset <= furthest) return offset;
  throw new SagekeepError('INVALID_INPUT', 'The cursor is not one that a list has given.', {
    facts: { errors: [{ field: 'cursor', message: 'not a cursor' }] },
  });
}
