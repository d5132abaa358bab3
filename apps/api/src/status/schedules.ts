import { createSchedules, type Schedules } from '@sagekeep/runtime';
import type { ApiDependencies } from '../dependencies.ts';
import { knownDatabases } from '../http/known.ts';

/** The schedules, with their records in the storage. */
export function createApiSchedules(dependencies: ApiDependencies): Schedules {
  const { configuration, jobs, vault, log, now } = dependencies;
  const records = {
    list: () => vault.records.list('schedules'),
    put: (name: string, record: { name: string }) => vault.records.put('schedules', name, { ...record }),
    remove: (name: string) => vault.records.remove('schedules', name),
  };
  return createSchedules({
    configuration,
    databases: () => knownDatabases(dependencies),
    jobs,
    records,
    log,
    now,
  });
}
