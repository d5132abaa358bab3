import type { JobHandler } from '@sagekeep/runtime';
import { deliver } from '@sagekeep/watch';
import type { WorkerDependencies } from '../dependencies.ts';

/** Delivers one event of one incident to one channel. */
export function createDeliverJob({ configuration, vault, now }: WorkerDependencies): JobHandler<'deliver'> {
  const { channels } = configuration.alerts;
  return (payload, { signal }) => deliver(payload, { channels, vault, now, signal });
}
