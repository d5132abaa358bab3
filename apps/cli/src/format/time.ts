import { duration } from '@sagekeep/watch';

/** An instant in the reader's zone with UTC beside it: `2026-11-23 18:00:05 GMT+8 (10:00:05 UTC)`. */
export function time(instant: string | Date, zone: string): string {
  const date = new Date(instant);
  const utc = wallClock(date, 'UTC');
  const local = wallClock(date, zone);
  if (local === utc) return `${utc} UTC`;
  const offset = offsetName(date, zone);
  const beside = local.slice(0, 10) === utc.slice(0, 10) ? utc.slice(11) : utc;
  return `${local} ${offset} (${beside} UTC)`;
}

/** How long ago something was: `3 h 12 min ago`; `just now` below a second. */
export function ago(instant: string | Date, now: Date): string {
  const ms = now.getTime() - new Date(instant).getTime();
  if (ms < 0) return `in ${duration(-ms)}`;
  return ms < 1000 ? 'just now' : `${duration(ms)} ago`;
}

function wallClock(date: Date, timeZone: string): string {
  // Swedish writes dates the ISO way.
  return new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short', timeStyle: 'medium' }).format(date);
}

function offsetName(date: Date, timeZone: string): string {
  const parts = new Intl.DateTimeFormat('en-GB', { timeZone, timeZoneName: 'shortOffset' }).formatToParts(
    date,
  );
  return parts.find((part) => part.type === 'timeZoneName')?.value ?? timeZone;
}
