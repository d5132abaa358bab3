import type { CronFields } from './cron.ts';
import { firstInstantOf, type LocalDate, localTime } from './localTime.ts';

const minuteMs = 60_000;
const dayMs = 86_400_000;
/** A 29th of February on a given weekday comes at least once in 40 years. */
const furthestDays = 40 * 366;

/**
 * When a schedule runs next after an instant; null when it never does.
 *
 * A schedule with hours of its own (`0 2 * * *`) goes by the wall clock: each of its times once per local day. A time
 * that clocks leave out in spring runs at the moment they are put forward (in the minute before, when that moment ends the
 * day); one that they show twice in autumn runs the
 * first time. A schedule for every hour (`0 * * * *`) goes by real time: every matching minute that really comes.
 */
export function nextRun(cron: CronFields, zone: string, after: number): number | null {
  let date: LocalDate = localTime(zone, after);
  for (let day = 0; day < furthestDays; day += 1) {
    if (matchesDate(cron, date)) {
      const run =
        cron.hours.length === 24
          ? inRealTime(cron, zone, { date, after })
          : byClock(cron, zone, { date, after });
      if (run !== null) return run;
    }
    date = dayAfter(date);
  }
  return null;
}

interface Search {
  readonly date: LocalDate;
  readonly after: number;
}

function byClock(cron: CronFields, zone: string, { date, after }: Search): number | null {
  for (const hour of cron.hours) {
    for (const minute of cron.minutes) {
      const instant = firstInstantOf(zone, { ...date, hour, minute });
      if (instant !== null && instant > after) return instant;
    }
  }
  return null;
}

function inRealTime(cron: CronFields, zone: string, { date, after }: Search): number | null {
  const midnight = firstInstantOf(zone, { ...date, hour: 0, minute: 0 });
  const first = Math.max(midnight ?? after, Math.floor(after / minuteMs) * minuteMs + minuteMs);
  for (let instant = first; ; instant += minuteMs) {
    const local = localTime(zone, instant);
    // Clocks may be put back over midnight: the same date then comes twice, and what is left of it counts.
    if (local.day !== date.day || local.month !== date.month) return null;
    if (cron.minutes.includes(local.minute)) return instant;
  }
}

function matchesDate(cron: CronFields, { year, month, day }: LocalDate): boolean {
  if (!cron.months.has(month)) return false;
  const onDay = cron.days.has(day);
  const onWeekday = cron.weekdays.has(new Date(Date.UTC(year, month - 1, day)).getUTCDay());
  return cron.dayRestricted && cron.weekdayRestricted ? onDay || onWeekday : onDay && onWeekday;
}

function dayAfter({ year, month, day }: LocalDate): LocalDate {
  const next = new Date(Date.UTC(year, month - 1, day) + dayMs);
  return { year: next.getUTCFullYear(), month: next.getUTCMonth() + 1, day: next.getUTCDate() };
}
