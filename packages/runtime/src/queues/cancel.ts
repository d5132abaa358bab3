import { type JobView, type QueueName, SagekeepError } from '@sagekeep/contracts';
import type { Job } from 'bullmq';
import type { QueueClient } from './client.ts';
import { rememberSeconds } from './options.ts';

/** What is told to all workers, and left for the one that runs the job. */
export interface Cancellation {
  readonly queue: QueueName;
  readonly id: string;
  readonly by: string;
}

function notCancellable(message: string, advice: string): SagekeepError {
  return new SagekeepError('JOB_NOT_CANCELLABLE', message, { advice });
}

/** Removes a job that has not started; tells the worker of one that runs. `view` is taken before a removal. */
export async function cancelJob(
  client: QueueClient,
  about: Cancellation & { job: Job; view: () => Promise<JobView> },
): Promise<JobView> {
  const { job, view } = about;
  const before = await view();
  switch (before.state) {
    case 'completed':
    case 'failed':
      throw notCancellable(`The job has already ${before.state}.`, 'There is nothing left to cancel.');
    case 'active':
      return tellWorkers(client, about);
    default:
      return (await removed(job)) ? before : cancelJob(client, about);
  }
}

/** False when a worker took the job in the meantime. */
async function removed(job: Job): Promise<boolean> {
  if (job.repeatJobKey !== undefined && (await job.getState()) === 'delayed')
    throw notCancellable(
      "This is the next run of a schedule, and the schedule's to remove.",
      'Disable or delete the schedule instead.',
    );
  try {
    await job.remove();
    return true;
  } catch (error) {
    if (['waiting', 'delayed', 'prioritized'].includes(await job.getState())) throw error;
    return false;
  }
}

async function tellWorkers(
  client: QueueClient,
  about: Cancellation & { job: Job; view: () => Promise<JobView> },
): Promise<JobView> {
  const { queue, id, by } = about;
  const flag = client.keys.cancel(queue, id);
  const cancellation: Cancellation = { queue, id, by };
  // The flag outlives a lost message: the worker also looks for it.
  await client.redis
    .multi()
    .set(flag, JSON.stringify(cancellation), 'EX', rememberSeconds)
    .publish(client.keys.cancelChannel, JSON.stringify(cancellation))
    .exec();
  const after = await about.view();
  if (after.state === 'completed' || after.state === 'failed') await client.redis.del(flag);
  if (after.state === 'completed')
    throw notCancellable('The job completed before it could be cancelled.', 'Look at its result.');
  return after;
}
