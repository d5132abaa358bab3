import { isJobName, type JobName, type Log } from '@sagekeep/contracts';
import type { Job } from 'bullmq';
import type { Failure } from '../queues/failure.ts';

/** A job as hooks see it. */
export interface HookedJob {
  readonly id: string;
  readonly name: JobName;
  readonly payload: Readonly<Record<string, unknown>>;
}

/**
 * What happens around every job of a worker: incidents, pings. Hooks run before the queue is told, so that a worker
 * killed in between runs the job again rather than keeping its failure to itself; they may therefore see one ending
 * twice. A hook that throws or takes longer than ten seconds changes nothing for the job.
 */
export interface JobHooks {
  started(job: HookedJob): Promise<void>;
  completed(job: HookedJob, result: unknown): Promise<void>;
  /** The job will not be tried again by itself. */
  failed(job: HookedJob, failure: Failure): Promise<void>;
}

export const noHooks: JobHooks = {
  started: () => Promise.resolve(),
  completed: () => Promise.resolve(),
  failed: () => Promise.resolve(),
};

const hookMs = 10_000;

/** Runs one hook for a job of the catalogue; never throws. */
export async function runHook(
  about: { job: Job; log: Log },
  hook: (job: HookedJob) => Promise<void>,
): Promise<void> {
  const { job, log } = about;
  if (!isJobName(job.name)) return;
  const payload = { ...(job.data as Record<string, unknown> | null) };
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${hookMs} ms`)), hookMs);
  });
  try {
    await Promise.race([hook({ id: job.id ?? '', name: job.name, payload }), late]);
  } catch (error) {
    log.error({ err: error }, 'a hook of the job failed');
  } finally {
    clearTimeout(timer);
    late.catch(() => undefined);
  }
}
