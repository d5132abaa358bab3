import { addDelivery } from '@sagekeep/runtime';
import { createIncidents, type Incidents } from '@sagekeep/watch';
import type { ApiDependencies } from '../dependencies.ts';
import { knownDatabases } from '../http/known.ts';

/** The incidents, for what people end by what they say here. */
export function createApiIncidents(dependencies: ApiDependencies): Incidents {
  const { vault, jobs, now } = dependencies;
  const { alerts } = dependencies.configuration;
  return createIncidents({
    vault,
    databases: () => knownDatabases(dependencies),
    channels: alerts.channels.map(({ name }) => name),
    remindAfterMs: alerts.remindAfterMs,
    now,
    enqueue: (payload, key) => addDelivery(jobs, payload, key),
  });
}
