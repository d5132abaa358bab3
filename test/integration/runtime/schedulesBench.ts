import type { ScheduleConfig } from '@sagekeep/contracts';
import { createSchedules, type NextRuns, type ScheduleRecord, type Schedules } from '@sagekeep/runtime';
import { type Bench, quiet } from '../../faults/queue/harness.ts';

export const nightly: ScheduleConfig = {
  name: 'backup-nothing',
  job: 'backup',
  payload: { database: 'nothing' },
  cron: '0 2 * * *',
  timezone: 'Asia/Shanghai',
  enabled: true,
};

/** What the storage keeps of schedules. */
export interface Kept {
  readonly records: Map<string, ScheduleRecord>;
  readonly reports: Set<string>;
  next: NextRuns;
}

export function schedulesOf(
  bench: Bench,
  declared: readonly ScheduleConfig[],
): { schedules: Schedules; kept: Kept } {
  const kept: Kept = { records: new Map(), reports: new Set(), next: {} };
  const schedules = createSchedules({
    configuration: { ...bench.configuration, schedules: declared },
    jobs: bench.jobs,
    log: quiet,
    now: () => new Date(),
    records: {
      list: async () => ({ items: [...kept.records.values()] }),
      put: async (name, record) => void kept.records.set(name, record),
      remove: async (name) => void kept.records.delete(name),
    },
    runs: {
      next: async () => kept.next,
      keep: async (next) => {
        kept.next = next;
      },
      reported: async (id) => kept.reports.has(id),
    },
  });
  return { schedules, kept };
}
