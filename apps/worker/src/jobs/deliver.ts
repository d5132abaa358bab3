import type { JobHandler } from '@sagekeep/runtime';
import type { WorkerDependencies } from '../dependencies.ts';

/** Delivers one event of one incident to one channel. */
export function createDeliverJob({ watch }: WorkerDependencies): JobHandler<'deliver'> {
  return (payload, { signal }) => watch.deliver(payload, signal);
}
