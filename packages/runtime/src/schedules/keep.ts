import type { Log } from '@sagekeep/contracts';
import type { Jobs } from '../jobs.ts';
import type { Schedules } from './createSchedules.ts';

const lookMs = 500;
const everyMs = 30_000;

/** Keeps Redis in agreement with the declared schedules for as long as this process lives, from the first answer on. */
export function keepSchedules(about: { schedules: Schedules; jobs: Jobs; log: Log }): { stop(): void } {
  const { schedules, jobs, log } = about;
  let busy = false;
  let doneAt = Number.NEGATIVE_INFINITY;
  const look = async () => {
    if (busy || !jobs.ready() || performance.now() - doneAt < everyMs) return;
    busy = true;
    try {
      const changes = await schedules.sync();
      if (Object.values(changes).some((names) => names.length > 0))
        log.info({ ...changes }, 'schedules brought up to date');
    } catch (error) {
      log.warn({ err: error }, 'schedules could not be brought up to date; tried again soon');
    } finally {
      doneAt = performance.now();
      busy = false;
    }
  };
  const timer = setInterval(() => void look(), lookMs);
  timer.unref();
  return { stop: () => clearInterval(timer) };
}
