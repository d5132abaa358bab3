import type { JobContext, JobName, JobPayload, JobResult } from '@sagekeep/contracts';

/** One attempt of a job. Throws a SagekeepError whose `retryable` says whether to try again; ends soon on abort. */
export type JobHandler<N extends JobName> = (
  payload: JobPayload<N>,
  context: JobContext,
) => Promise<JobResult<N>>;

/** Exactly one handler for each job of the catalogue. */
export type JobRegistry = { readonly [N in JobName]: JobHandler<N> };
