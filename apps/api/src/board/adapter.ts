import { BullMQAdapter } from '@bull-board/api/bullMQAdapter';
import { type QueueName, SagekeepError } from '@sagekeep/contracts';
import type { Jobs } from '@sagekeep/runtime';
import { titleOf } from './title.ts';

type BoardJob = NonNullable<Awaited<ReturnType<BullMQAdapter['getJob']>>>;

export interface BoardQueue {
  readonly jobs: Jobs;
  readonly name: QueueName;
  readonly description: string;
  readonly readOnly: boolean;
}

/**
 * A queue as Bull Board shows it. A retry from the page is our own retry, so that the job gets its automatic retries
 * and its crash counter back; only a failed job can be retried, whatever the page asks.
 */
export function createBoardAdapter({ jobs, name, description, readOnly }: BoardQueue): BullMQAdapter {
  const options = { description, readOnlyMode: readOnly, allowCompletedRetries: false };
  const adapter = new BullMQAdapter(jobs.queue(name), options);
  adapter.setFormatter('name', (job) => titleOf(job.name, job.data));
  const getJob = adapter.getJob.bind(adapter);
  const getJobs = adapter.getJobs.bind(adapter);

  // Bull Board retries a hundred at once; each is a guarded write with a time limit, so they queue up here.
  let turn: Promise<unknown> = Promise.resolve();

  function withOurRetry(job: BoardJob): BoardJob {
    const { id } = job.toJSON();
    job.retry = async (state) => {
      if (state !== 'failed') throw new SagekeepError('JOB_NOT_RETRYABLE', 'only failed jobs are retried');
      const retried = turn.then(() => jobs.retry(name, String(id)));
      turn = retried.catch(() => undefined);
      await retried;
    };
    return job;
  }

  adapter.getJob = async (id) => {
    const job = await getJob(id);
    return job ? withOurRetry(job as BoardJob) : undefined;
  };
  adapter.getJobs = async (...range) =>
    (await getJobs(...range)).map((job) => withOurRetry(job as BoardJob)) as never;
  return adapter;
}
