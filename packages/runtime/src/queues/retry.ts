import { type QueueName, SagekeepError } from '@sagekeep/contracts';
import type { Job } from 'bullmq';
import type { QueueClient } from './client.ts';

/** Runs a failed job again as if it were new: with all its automatic attempts, and nothing left of its past. */
export async function retryJob(client: QueueClient, queue: QueueName, job: Job): Promise<void> {
  const id = job.id ?? '';
  const state = await job.getState();
  if (state !== 'failed')
    throw new SagekeepError('JOB_NOT_RETRYABLE', `Only a failed job can be retried; this one is ${state}.`, {
      advice: state === 'completed' ? 'Enqueue a new job instead.' : 'Wait for it, or cancel it first.',
      facts: { state },
    });
  const { cancel, crashes, waits } = client.keys;
  await client.redis.del(cancel(queue, id), crashes(queue, id), waits(queue, id));
  await job.retry('failed', { resetAttemptsMade: true, resetAttemptsStarted: true });
}
