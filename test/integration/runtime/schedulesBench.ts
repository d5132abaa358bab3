import type { Log, ScheduleConfig } from '@sagekeep/contracts';
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
  /** Names of the records that cannot be read. */
  readonly damaged: Set<string>;
  readonly reports: Set<string>;
  next: NextRuns;
  /** Happens once, when the records have been read and nobody knows it yet. */
  afterRead?: (() => Promise<unknown>) | undefined;
}

export function schedulesOf(
  bench: Bench,
  declared: readonly ScheduleConfig[],
  log: Log = quiet,
): { schedules: Schedules; kept: Kept } {
  const kept: Kept = { records: new Map(), damaged: new Set(), reports: new Set(), next: {} };
  const schedules = createSchedules({
    configuration: { ...bench.configuration, schedules: declared },
    jobs: bench.jobs,
    log,
    now: () => new Date(),
    records: {
      async list() {
        const listed = { items: [...kept.records.values()], damaged: [...kept.damaged] };
        const { afterRead } = kept;
        kept.afterRead = undefined;
        await afterRead?.();
        return listed;
      },
      put: async (name, record) => void kept.records.set(name, record),
      async remove(name) {
        kept.records.delete(name);
        kept.damaged.delete(name);
      },
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
