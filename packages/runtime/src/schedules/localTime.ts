/** A local wall-clock date. `month` is 1–12. */
export interface LocalDate {
  readonly year: number;
  readonly month: number;
  readonly day: number;
}

export interface LocalTime extends LocalDate {
  readonly hour: number;
  readonly minute: number;
}

const minuteMs = 60_000;
const dayMs = 86_400_000;
const formats = new Map<string, Intl.DateTimeFormat>();

function formatOf(zone: string): Intl.DateTimeFormat {
  const known = formats.get(zone);
  if (known !== undefined) return known;
  const numeric = 'numeric';
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone: zone,
    calendar: 'iso8601',
    numberingSystem: 'latn',
    hourCycle: 'h23',
    year: numeric,
    month: numeric,
    day: numeric,
    hour: numeric,
    minute: numeric,
    second: numeric,
  });
  formats.set(zone, format);
  return format;
}

/** Whether the machine knows this IANA time zone. */
export function isTimeZone(zone: string): boolean {
  // Fixed offsets like "+02:00" are accepted by Intl and know no change of clocks.
  if (!/^[A-Za-z]/.test(zone)) return false;
  try {
    formatOf(zone);
    return true;
  } catch {
    return false;
  }
}

/** What clocks show in the zone at an instant; seconds are dropped. */
export function localTime(zone: string, ms: number): LocalTime {
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0] = wall(zone, ms);
  return { year, month, day, hour, minute };
}

function wall(zone: string, ms: number): number[] {
  const values: Record<string, number> = {};
  for (const { type, value } of formatOf(zone).formatToParts(ms)) values[type] = Number(value);
  const { year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0 } = values;
  return [year, month, day, hour, minute, second];
}

/** How far local clocks are ahead of UTC at an instant, ms. */
export function offsetAt(zone: string, ms: number): number {
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = wall(zone, ms);
  return Date.UTC(year, month - 1, day, hour, minute, second) - Math.floor(ms / 1000) * 1000;
}

/**
 * The first instant at which clocks in the zone show this time. A time that is left out when clocks go forward is the
 * instant of that change, or the minute before when the change ends the day; null when the whole day is left out.
 */
export function firstInstantOf(zone: string, time: LocalTime): number | null {
  const asUtc = Date.UTC(time.year, time.month - 1, time.day, time.hour, time.minute);
  const before = offsetAt(zone, asUtc - dayMs);
  const after = offsetAt(zone, asUtc + dayMs);
  const candidates = [asUtc - Math.max(before, after), asUtc - Math.min(before, after)];
  for (const instant of candidates) if (offsetAt(zone, instant) === asUtc - instant) return instant;
  const change = changeBetween(zone, asUtc - Math.max(before, after), asUtc - Math.min(before, after));
  const stillThatDay = [change, change - minuteMs].find((instant) => isOn(zone, instant, time));
  return stillThatDay ?? null;
}

/** The instant in (from, to] at which the zone's offset has changed from that at `from`. */
export function changeBetween(zone: string, from: number, to: number): number {
  const offset = offsetAt(zone, from);
  let low = Math.floor(from / 1000);
  let high = Math.ceil(to / 1000);
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (offsetAt(zone, middle * 1000) === offset) low = middle;
    else high = middle;
  }
  return high * 1000;
}

function isOn(zone: string, ms: number, date: LocalDate): boolean {
  const local = localTime(zone, ms);
  return local.year === date.year && local.month === date.month && local.day === date.day;
}
