import { type DeliverPayload, isSagekeepError, type JobView } from '@sagekeep/contracts';
import type { Jobs } from '../jobs.ts';

/**
 * Adds a `deliver` job, once per key, whatever the words of its payload. One that was given up is tried again with all
 * its attempts: what a channel has not heard is never lost. `taken` says that the channel has it already.
 */
export async function addDelivery(
  jobs: Jobs,
  payload: DeliverPayload,
  idempotencyKey: string,
): Promise<'waiting' | 'taken'> {
  const job = await addOrFind(jobs, payload, idempotencyKey);
  if (job.state === 'failed') await jobs.retry('alert', job.id);
  const { delivered } = (job.result ?? {}) as { delivered?: unknown };
  return delivered === true ? 'taken' : 'waiting';
}

async function addOrFind(jobs: Jobs, payload: DeliverPayload, idempotencyKey: string): Promise<JobView> {
  try {
    return await jobs.add('deliver', payload, { idempotencyKey });
  } catch (error) {
    if (!isSagekeepError(error, 'CONFLICT')) throw error;
    return jobs.get('alert', String(error.facts['jobId']));
  }
}
