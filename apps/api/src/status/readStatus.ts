import type { Status } from '@sagekeep/contracts';
import { collectStatus } from '@sagekeep/watch';
import type { ApiDependencies } from '../dependencies.ts';
import { knownDatabases } from '../http/known.ts';
import { jobFacts } from './jobFacts.ts';
import { createApiSchedules } from './schedules.ts';

/** The status as it is now, from storage and queues. Never throws: what does not answer is what it says. */
export async function readStatus(dependencies: ApiDependencies): Promise<Status> {
  const { vault, jobs, now } = dependencies;
  // A storage that cannot be read is what the status then says.
  const databases = await knownDatabases(dependencies).catch(() => dependencies.configuration.databases);
  const facts = await jobFacts(jobs, createApiSchedules(dependencies));
  return collectStatus({ vault, configuration: { databases }, jobs: facts, now: now() });
}
