import type { Status } from '@sagekeep/contracts';
import { collectStatus } from '@sagekeep/watch';
import type { ApiDependencies } from '../dependencies.ts';
import { jobFacts } from './jobFacts.ts';

/** The status as it is now, from storage and queues. Never throws: what does not answer is what it says. */
export async function readStatus({ vault, configuration, jobs, now }: ApiDependencies): Promise<Status> {
  return collectStatus({ vault, configuration, jobs: await jobFacts(jobs), now: now() });
}
