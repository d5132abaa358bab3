import { addDelivery } from '@sagekeep/runtime';
import { createIncidents, type Incidents } from '@sagekeep/watch';
import type { ApiDependencies } from '../dependencies.ts';

/** The incidents, for what people end by what they say here. */
export function createApiIncidents({ vault, configuration, jobs, now }: ApiDependencies): Incidents {
  const { databases, alerts } = configuration;
  return createIncidents({
    vault,
    databases,
    channels: alerts.channels.map(({ name }) => name),
    remindAfterMs: alerts.remindAfterMs,
    now,
    enqueue: (payload, key) => addDelivery(jobs, payload, key),
  });
}
