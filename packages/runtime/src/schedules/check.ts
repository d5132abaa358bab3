import { parseCron } from './cron.ts';
import { isTimeZone } from './localTime.ts';
import { nextRun } from './nextRun.ts';

/** What is wrong with a schedule's time: each fault with the field it is in. Empty when it can run. */
export function timeFaults(time: {
  cron: string | undefined;
  timezone: string;
}): { field: 'cron' | 'timezone'; message: string }[] {
  const known = isTimeZone(time.timezone);
  const zone = known
    ? []
    : [{ field: 'timezone' as const, message: `there is no time zone "${time.timezone}"` }];
  if (time.cron === undefined) return zone;
  try {
    const fires = nextRun(parseCron(time.cron), known ? time.timezone : 'UTC', Date.now()) !== null;
    return fires ? zone : [...zone, { field: 'cron', message: 'never fires: there is no such day' }];
  } catch (error) {
    return [...zone, { field: 'cron', message: error instanceof Error ? error.message : String(error) }];
  }
}
