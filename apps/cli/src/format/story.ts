import { plainLine } from '@sagekeep/watch';

/** A line of a job's log; the instant that it starts with, if any, as the reader's time of day. */
export function storyLine(line: string, timeZone: string): string {
  const match = /^(?<at>\d{4}-\d\d-\d\dT[\d:.]+Z) (?<rest>.*)$/s.exec(line);
  const { at, rest } = match?.groups ?? {};
  if (at === undefined || rest === undefined || Number.isNaN(Date.parse(at))) return plainLine(line);
  const clock = new Intl.DateTimeFormat('en-GB', { timeZone, timeStyle: 'medium' }).format(new Date(at));
  return `${clock} ${plainLine(rest)}`;
}
