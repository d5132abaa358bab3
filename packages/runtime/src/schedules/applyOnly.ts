import { type JobName, jobCatalogue } from '@sagekeep/contracts';
import type { Jobs } from '../jobs.ts';
import { applyOne } from './apply.ts';
import type { Definition } from './record.ts';

/** Makes Redis agree about one name: without a definition it has no schedule. */
export async function applyOnly(
  jobs: Jobs,
  name: string,
  { definition, now }: { definition: Definition | undefined; now: number },
): Promise<void> {
  const wanted = definition?.enabled === true ? definition : undefined;
  const own = wanted === undefined ? undefined : jobCatalogue[wanted.job as JobName].queue;
  // Its job may have had another queue before.
  for (const queue of new Set(Object.values(jobCatalogue).map((job) => job.queue)))
    if (queue !== own) await jobs.queue(queue).removeJobScheduler(name);
  if (wanted !== undefined) await applyOne(jobs, wanted, now);
}
