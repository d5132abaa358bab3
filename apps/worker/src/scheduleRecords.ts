import type { RunRecords, ScheduleRecords } from '@sagekeep/runtime';
import type { Vault } from '@sagekeep/storage';

/** The storage's records, as the schedules know them. */
export function scheduleRecords({ records }: Vault): ScheduleRecords {
  return {
    list: () => records.list('schedules'),
    put: (name, record) => records.put('schedules', name, record),
    remove: (name) => records.remove('schedules', name),
  };
}

/** The next runs, in one record. */
export function runRecords({ records }: Vault): RunRecords {
  return {
    next: async () => (await records.get('runs', 'next'))?.next ?? {},
    keep: (next) => records.put('runs', 'next', { version: 1, next: { ...next } }),
    reported: async (jobId) => (await records.get('reports', jobId)) !== null,
  };
}
