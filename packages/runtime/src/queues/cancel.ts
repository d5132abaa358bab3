import { isSagekeepError, type JobView, type QueueName, SagekeepError } from '@sagekeep/contracts';
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

export interface CancelRequest extends Cancellation {
  readonly job: Job;
  view(): Promise<JobView>;
}

/** What a cancellation came to, with the job as it was before. */
export interface Cancelled {
  readonly before: JobView;
  readonly how: 'removed' | 'flagged';
}

/**
 * Removes a job that has not started or has failed, or leaves a flag for the worker of one that runs; then `tellWorkers` is due.
 * Whatever is answered with `QUEUE_UNAVAILABLE` was not done and will not be.
 */
export async function cancelJob(client: QueueClient, about: CancelRequest): Promise<Cancelled> {
  const { job, view } = about;
  const before = await view();
  switch (before.state) {
    case 'completed':
      throw notCancellable('The job has already completed.', 'There is nothing left to cancel.');
    case 'failed':
      await job.remove();
      return { before, how: 'removed' };
    case 'active':
      await flag(client, about);
      return { before, how: 'flagged' };
    default:
      return (await removed(job)) ? { before, how: 'removed' } : cancelJob(client, about);
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

/** The flag outlives a lost message: the worker also looks for it. */
async function flag({ keys, write }: QueueClient, { queue, id, by }: Cancellation): Promise<void> {
  const cancellation: Cancellation = { queue, id, by };
  const args = [keys.cancel(queue, id), JSON.stringify(cancellation), 'EX', rememberSeconds];
  await write((transaction) => void transaction.runCommand('set', args));
}

/** Brings the word to the workers at once, and resolves with the job as it is then. */
export async function tellWorkers(
  client: QueueClient,
  about: CancelRequest,
  before: JobView,
): Promise<JobView> {
  try {
    return await client.ask(() => told(client, about));
  } catch (error) {
    // The flag stands: that Redis falls silent afterwards must not make a failure of it.
    if (isSagekeepError(error, 'QUEUE_UNAVAILABLE')) return before;
    throw error;
  }
}

async function told({ redis, keys }: QueueClient, about: CancelRequest): Promise<JobView> {
  const { queue, id, by, view } = about;
  const cancellation: Cancellation = { queue, id, by };
  await redis.publish(keys.cancelChannel, JSON.stringify(cancellation));
  const after = await view();
  if (after.state === 'completed' || after.state === 'failed') await redis.del(keys.cancel(queue, id));
  if (after.state === 'completed')
    throw notCancellable('The job completed before it could be cancelled.', 'Look at its result.');
  return after;
}
