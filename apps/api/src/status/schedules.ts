import { createSchedules, type Schedules } from '@sagekeep/runtime';
import type { ApiDependencies } from '../dependencies.ts';

/** The schedules, with their records in the storage. */
export function createApiSchedules({ configuration, jobs, vault, log, now }: ApiDependencies): Schedules {
  const records = {
    list: () => vault.records.list('schedules'),
    put: (name: string, record: { name: string }) => vault.records.put('schedules', name, { ...record }),
    remove: (name: string) => vault.records.remove('schedules', name),
  };
  return createSchedules({ configuration, jobs, records, log, now });
}
