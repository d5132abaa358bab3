import { SagekeepError } from '@sagekeep/contracts';
import type { JobHandler } from '@sagekeep/runtime';
import type { WorkerDependencies } from '../dependencies.ts';

/** Delivers one event of one incident to one channel. */
export function createDeliverJob({ configuration }: WorkerDependencies): JobHandler<'deliver'> {
  return (payload) => {
    const known = configuration.alerts.channels.map(({ name }) => name);
    return Promise.reject(
      new SagekeepError('DELIVERY_FAILED', `There is no channel "${payload.channel}" to deliver to.`, {
        advice: `Configure it under alerts.channels (configured: ${known.join(', ') || 'none'}).`,
      }),
    );
  };
}
