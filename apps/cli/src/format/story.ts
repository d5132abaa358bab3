import { plainLine } from '@sagekeep/watch';

/** An entry of a job's log, further lines indented; the instant that it starts with as the reader's time of day. */
export function storyLine(entry: string, timeZone: string): string {
  const [line = '', ...more] = entry.trimEnd().split('\n');
  return [firstLine(line, timeZone), ...more.map((each) => `    ${plainLine(each)}`)].join('\n  ');
}

function firstLine(line: string, timeZone: string): string {
  const match = /^(?<at>\d{4}-\d\d-\d\dT[\d:.]+Z) (?<rest>.*)$/s.exec(line);
  const { at, rest } = match?.groups ?? {};
  if (at === undefined || rest === undefined || Number.isNaN(Date.parse(at))) return plainLine(line);
  const clock = new Intl.DateTimeFormat('en-GB', { timeZone, timeStyle: 'medium' }).format(new Date(at));
  return `${clock} ${plainLine(rest)}`;
}
