import {
  isSagekeepError,
  type JobView,
  JobView as JobViewShape,
  QueueName,
  SagekeepError,
} from '@sagekeep/contracts';
import { jobReference } from '../verbs/input.ts';
import type { Http } from './http.ts';

export function jobPath({ queue, id }: { queue: string; id: string }): string {
  return `/v1/jobs/${queue}/${encodeURIComponent(id)}`;
}

/**
 * The job that `queue/id` names, or a lone id that only one queue knows. Throws `UNKNOWN_JOB`, and `INVALID_INPUT` for
 * an id that several queues know.
 */
export async function findJob(http: Http, reference: string): Promise<JobView> {
  const { queue, id } = jobReference(reference);
  if (queue !== null) return http.get(jobPath({ queue: queueNamed(queue), id }), JobViewShape);
  const asked = await Promise.all(QueueName.options.map((name) => jobOrNull(http, { queue: name, id })));
  const found = asked.filter((job) => job !== null);
  const [only] = found;
  if (only === undefined) {
    throw new SagekeepError('UNKNOWN_JOB', `No queue knows a job ${id}.`, {
      advice: 'See them: sagekeep jobs',
    });
  }
  if (found.length === 1) return only;
  throw new SagekeepError('INVALID_INPUT', `Several queues have a job ${id}.`, {
    advice: `Say which: ${found.map((job) => `${job.queue}/${job.id}`).join(', ')}`,
  });
}

async function jobOrNull(http: Http, job: { queue: QueueName; id: string }): Promise<JobView | null> {
  try {
    return await http.get(jobPath(job), JobViewShape);
  } catch (error) {
    if (isSagekeepError(error, 'UNKNOWN_JOB') || isSagekeepError(error, 'NOT_FOUND')) return null;
    throw error;
  }
}

function queueNamed(text: string): QueueName {
  const queue = QueueName.safeParse(text);
  if (queue.success) return queue.data;
  throw new SagekeepError('INVALID_INPUT', `There is no queue ${text}.`, {
    advice: `The queues: ${QueueName.options.join(', ')}.`,
  });
}
