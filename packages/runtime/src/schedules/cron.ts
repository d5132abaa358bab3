/** A cron text as sets of numbers. Sunday is 0. */
export interface CronFields {
  readonly minutes: readonly number[];
  readonly hours: readonly number[];
  readonly days: ReadonlySet<number>;
  readonly months: ReadonlySet<number>;
  readonly weekdays: ReadonlySet<number>;
  /** Cron's old rule: when both are restricted, either of them is enough. */
  readonly dayRestricted: boolean;
  readonly weekdayRestricted: boolean;
}

interface Field {
  readonly name: string;
  readonly from: number;
  readonly to: number;
}

const fields: readonly Field[] = [
  { name: 'minute', from: 0, to: 59 },
  { name: 'hour', from: 0, to: 23 },
  { name: 'day of month', from: 1, to: 31 },
  { name: 'month', from: 1, to: 12 },
  { name: 'day of week', from: 0, to: 7 },
];

/** Reads exactly five fields of digits and `* , - /`. Throws a RangeError that says what is wrong. */
export function parseCron(text: string): CronFields {
  const parts = text.trim().split(/\s+/);
  if (parts.length !== fields.length)
    throw new RangeError(`a cron text has exactly five fields, this one has ${parts.length}`);
  const [minutes, hours, days, months, weekdays] = fields.map((field, index) =>
    parseField(parts[index] ?? '', field),
  ) as [number[], number[], number[], number[], number[]];
  return {
    minutes,
    hours,
    days: new Set(days),
    months: new Set(months),
    weekdays: new Set(weekdays.map((day) => day % 7)),
    dayRestricted: !(parts[2] ?? '').startsWith('*'),
    weekdayRestricted: !(parts[4] ?? '').startsWith('*'),
  };
}

function parseField(text: string, field: Field): number[] {
  const values = new Set<number>();
  for (const part of text.split(',')) for (const value of parsePart(part, field)) values.add(value);
  return [...values].sort((a, b) => a - b);
}

function parsePart(part: string, field: Field): number[] {
  const match = /^(?:(\*)|(\d{1,2})(?:-(\d{1,2}))?)(?:\/(\d{1,2}))?$/.exec(part);
  if (match === null) throw new RangeError(`"${part}" is not a ${field.name}`);
  const [, star, first, last, every] = match;
  const step = every === undefined ? 1 : Number(every);
  const from = star === undefined ? Number(first) : field.from;
  // `5/10` means from 5 on, every 10.
  const open = star !== undefined || (every !== undefined && last === undefined);
  const to = open ? field.to : Number(last ?? first);
  if (step < 1) throw new RangeError(`"${part}": the step of a ${field.name} must be at least 1`);
  if (from < field.from || to > field.to || from > to)
    throw new RangeError(`"${part}": a ${field.name} is from ${field.from} to ${field.to}`);
  const values: number[] = [];
  for (let value = from; value <= to; value += step) values.push(value);
  return values;
}
