import type { ScheduleRecords } from '@sagekeep/runtime';
import type { Vault } from '@sagekeep/storage';

/** The storage's records, as the schedules know them. */
export function scheduleRecords({ records }: Vault): ScheduleRecords {
  return {
    list: () => records.list('schedules'),
    put: (name, record) => records.put('schedules', name, record),
    remove: (name) => records.remove('schedules', name),
  };
}
