import {
  type Configuration,
  isSagekeepError,
  type JobView,
  type Log,
  type QueueName,
  SagekeepError,
} from '@sagekeep/contracts';
import type { Job } from 'bullmq';
import type { Jobs } from '../jobs.ts';
import { addJob } from './add.ts';
import { type CancelRequest, cancelJob, tellWorkers } from './cancel.ts';
import { createQueueClient, type QueueClient } from './client.ts';
import { createJobBell } from './events.ts';
import { followJob } from './follow.ts';
import { listJobs } from './list.ts';
import { retryJob } from './retry.ts';
import { endedState, isEnded, viewOf } from './view.ts';
import { liveWorkers } from './workers.ts';

/** Opens the client side of the queues. It connects in the background; `ready()` says when. */
export function createJobs(configuration: Configuration, log: Log): Jobs {
  const client = createQueueClient(configuration, log);
  const bell = createJobBell(configuration, log);
  const { ask } = client;
  const get = (queue: QueueName, id: string) => ask(() => viewById(client, queue, id));

  return {
    async add(name, payload, options = {}) {
      const { job, check } = await ask(() => addJob(client, name, { payload, options }));
      const view = await viewOfAdded(job, get);
      check(view.payload);
      return view;
    },
    get,
    list: (filter) => ask(() => listJobs(client, filter)),
    retry: (queue, id) =>
      ask(async () => {
        const job = await existing(client, queue, id);
        await retryJob(client, queue, job);
        return viewById(client, queue, id);
      }),
    async cancel(queue, id, by) {
      const view = () => viewById(client, queue, id);
      const about = await ask(async (): Promise<CancelRequest> => {
        return { queue, id, by, job: await existing(client, queue, id), view };
      });
      const { before, how } = await ask(() => cancelJob(client, about));
      return how === 'removed' ? before : tellWorkers(client, about, before);
    },
    follow(queue, id, signal) {
      const read = (fromLine: number) => ask(() => viewById(client, queue, id, fromLine));
      return followJob({ queue, id, signal, bell, read });
    },
    counts: () => ask(() => countJobs(client)),
    workers: () => ask(() => liveWorkers(client)),
    ready: client.ready,
    queue: client.queue,
    ask,
    async close() {
      await bell.close();
      await client.close();
    },
  };
}

/** It is there: that Redis falls silent afterwards must not make a failure of it. */
async function viewOfAdded(job: Job, get: Jobs['get']): Promise<JobView> {
  const queue = job.queueName as QueueName;
  try {
    return await get(queue, job.id ?? '');
  } catch (error) {
    if (!isSagekeepError(error, 'QUEUE_UNAVAILABLE')) throw error;
    return viewOf(queue, job, { state: 'unknown', log: [] });
  }
}

async function existing(client: QueueClient, queue: QueueName, id: string): Promise<Job> {
  const job = await client.queue(queue).getJob(id);
  if (job !== undefined) return job;
  throw new SagekeepError('UNKNOWN_JOB', `There is no job ${id} in the queue ${queue}.`, {
    advice: 'List the jobs; finished ones are removed after some weeks.',
    facts: { queue, id },
  });
}

/**
 * State and content of a job are two answers. What has ended is told by its content alone, which is whole; when only the
 * state says so (of a job that was just retried), both are read again.
 */
async function viewById(client: QueueClient, queue: QueueName, id: string, fromLine = 0): Promise<JobView> {
  for (;;) {
    const state = await client.queue(queue).getJobState(id);
    const [job, { logs }] = await Promise.all([
      existing(client, queue, id),
      client.queue(queue).getJobLogs(id, fromLine, -1),
    ]);
    if (endedState(job) !== null || !isEnded(state)) return viewOf(queue, job, { state, log: logs });
  }
}

async function countJobs(client: QueueClient): Promise<Record<QueueName, Record<string, number>>> {
  const counted = client.names.map(async (name) => [name, await client.queue(name).getJobCounts()] as const);
  return Object.fromEntries(await Promise.all(counted)) as Record<QueueName, Record<string, number>>;
}
