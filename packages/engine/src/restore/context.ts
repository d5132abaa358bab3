import type { JobContext } from '@sagekeep/contracts';

/** The same job, guarded by another signal: the caller's or, sooner, a lost lock's. */
export function withSignal(context: JobContext, signal: AbortSignal): JobContext {
  return {
    jobId: context.jobId,
    ...(context.partOf === undefined ? {} : { partOf: context.partOf }),
    attempt: context.attempt,
    actor: context.actor,
    signal,
    log: (line) => context.log(line),
    progress: (progress) => context.progress(progress),
    border: (name) => context.border(name),
  };
}

/**
 * A piece of work inside a job that counts as a job of its own. `run` must differ wherever an earlier run's result will
 * not do: what is saved once is not saved again under the same id, however long ago that was. Its progress is not the
 * job's.
 */
export function asPart(
  context: JobContext,
  { part, run }: { readonly part: string; readonly run: string },
  signal: AbortSignal,
): JobContext {
  return {
    ...withSignal(context, signal),
    jobId: `${context.jobId}-${part}-${run}`,
    partOf: context.jobId,
    log: (line) => context.log(`${part}: ${line}`),
    progress: () => undefined,
  };
}
