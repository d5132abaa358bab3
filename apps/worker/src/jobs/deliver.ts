import type { JobHandler } from '@sagekeep/runtime';
import type { WorkerDependencies } from '../dependencies.ts';

/** Delivers one event of one incident to one channel. */
export function createDeliverJob({ watch }: WorkerDependencies): JobHandler<'deliver'> {
  return async (payload, { signal, log }) => {
    const result = await watch.deliver(payload, signal);
    log(result.detail);
    return result;
  };
}
