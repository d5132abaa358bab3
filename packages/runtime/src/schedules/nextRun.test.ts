import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseCron } from './cron.ts';
import { changeBetween, localTime, offsetAt } from './localTime.ts';
import { nextRun } from './nextRun.ts';

const dayMs = 86_400_000;
const zones = [...Intl.supportedValuesOf('timeZone'), 'UTC'];
const first = Date.UTC(2026, 0, 1);
const years = 5;

const stepMs = 10 * dayMs;

/** Every change of a zone's clocks within five years. */
function changesOf(zone: string): number[] {
  const found: number[] = [];
  let before = offsetAt(zone, first);
  // Ramadan's exception in Morocco lasts some thirty days; nothing is shorter than ten.
  for (let at = first; at < first + years * 365.25 * dayMs; at += stepMs) {
    const after = offsetAt(zone, at + stepMs);
    if (after !== before) found.push(changeBetween(zone, at, at + stepMs));
    before = after;
  }
  return found;
}

function runsBetween(cron: string, zone: string, range: { from: number; to: number }): number[] {
  const fields = parseCron(cron);
  const runs: number[] = [];
  for (
    let at = nextRun(fields, zone, range.from - 1);
    at !== null && at < range.to;
    at = nextRun(fields, zone, at)
  )
    runs.push(at);
  return runs;
}

function dayOf(zone: string, ms: number): string {
  const { year, month, day } = localTime(zone, ms);
  return `${year}-${month}-${day}`;
}

/** Local days that lie wholly within the range, by the clock. */
function wholeDays(zone: string, range: { from: number; to: number }): string[] {
  const days = new Set<string>();
  for (let at = range.from; at < range.to; at += dayMs / 8) days.add(dayOf(zone, at));
  return [...days].slice(1, -1);
}

/** One of each group of zones whose clocks are the same within the five years: the rule sees nothing else of a zone. */
function differentZones(): { zone: string; changes: number[] }[] {
  const groups = new Map<string, { zone: string; changes: number[] }>();
  for (const zone of zones) {
    const changes = changesOf(zone);
    const offsets = [first, ...changes].map((at) => offsetAt(zone, at));
    groups.set(JSON.stringify([changes, offsets]), { zone, changes });
  }
  return [...groups.values()];
}

function runsPerDay(zone: string, runs: readonly number[]): Map<string, number> {
  const counted = new Map<string, number>();
  for (const run of runs) counted.set(dayOf(zone, run), (counted.get(dayOf(zone, run)) ?? 0) + 1);
  return counted;
}

/** The daily schedule whose time the clock shows then. */
function clockOf(zone: string, ms: number): string {
  const { hour, minute } = localTime(zone, ms);
  return `${minute} ${hour} * * *`;
}

it('runs once per local day, at its time, around every change of clocks in every zone, and in a plain week', () => {
  const times = ['0 2 * * *', '30 2 * * *', '0 0 * * *', '30 1 * * *', '0 3 * * *', '59 23 * * *'];
  const wrong: string[] = [];
  for (const { zone, changes } of differentZones()) {
    const around = changes.map((at) => ({ from: at - 3 * dayMs, to: at + 3 * dayMs }));
    for (const range of [{ from: first + 40 * dayMs, to: first + 49 * dayMs }, ...around]) {
      const days = wholeDays(zone, range);
      for (const cron of times) {
        const runs = runsBetween(cron, zone, range);
        const counted = runsPerDay(zone, runs);
        for (const day of days)
          if (counted.get(day) !== 1) wrong.push(`${zone} ${day} ${cron}: ${counted.get(day) ?? 0}`);
        // A time that a change leaves out runs at the change or, where that begins the next day, in the minute before.
        for (const run of runs)
          if (clockOf(zone, run) !== cron && !changes.some((at) => run === at || run === at - 60_000))
            wrong.push(`${zone} ${new Date(run).toISOString()} ${cron}`);
      }
    }
  }
  expect(wrong).toEqual([]);
}, 120_000);

describe('in Berlin', () => {
  const zone = 'Europe/Berlin';
  const next = (cron: string, after: string) => {
    const run = nextRun(parseCron(cron), zone, Date.parse(after));
    return run === null ? null : new Date(run).toISOString();
  };

  it('a time that is left out in spring runs when clocks are put forward', () => {
    expect(next('30 2 * * *', '2027-03-28T00:00:00Z')).toBe('2027-03-28T01:00:00.000Z');
    expect(next('30 2 * * *', '2027-03-28T01:00:00Z')).toBe('2027-03-29T00:30:00.000Z');
  });

  it('a time that comes twice in autumn runs the first time only', () => {
    expect(next('30 2 * * *', '2027-10-31T00:00:00Z')).toBe('2027-10-31T00:30:00.000Z');
    expect(next('30 2 * * *', '2027-10-31T00:30:00Z')).toBe('2027-11-01T01:30:00.000Z');
  });

  it('every hour means every real hour', () => {
    const autumn = runsBetween('0 * * * *', zone, {
      from: Date.parse('2027-10-30T22:00:00Z'),
      to: Date.parse('2027-10-31T23:00:00Z'),
    });
    expect(autumn).toHaveLength(25);
    const spring = runsBetween('0 * * * *', zone, {
      from: Date.parse('2027-03-27T23:00:00Z'),
      to: Date.parse('2027-03-28T22:00:00Z'),
    });
    expect(spring).toHaveLength(23);
  });

  it('a day of the month and a day of the week: either is enough', () => {
    expect(next('0 12 13 * 5', '2027-08-01T00:00:00Z')).toBe('2027-08-06T10:00:00.000Z');
    expect(next('0 12 13 * 5', '2027-08-07T00:00:00Z')).toBe('2027-08-13T10:00:00.000Z');
  });

  it('finds a day that is years away, and says when there is none', () => {
    expect(next('0 0 29 2 *', '2096-03-01T00:00:00Z')).toBe('2104-02-28T23:00:00.000Z');
    expect(next('0 0 31 2 *', '2027-01-01T00:00:00Z')).toBeNull();
  });

  it('0 and 7 are both Sunday', () => {
    expect(next('0 4 * * 7', '2027-08-02T00:00:00Z')).toBe('2027-08-08T02:00:00.000Z');
    expect(next('0 4 * * 0', '2027-08-02T00:00:00Z')).toBe('2027-08-08T02:00:00.000Z');
  });
});

it('always lies after the instant asked about, and nothing lies between', () => {
  const field = (from: number, to: number) =>
    fc.oneof(
      fc.constant('*'),
      fc.integer({ min: from, max: to }).map(String),
      fc.integer({ min: 2, max: 7 }).map((step) => `*/${step}`),
    );
  const cron = fc.tuple(field(0, 59), field(0, 23), field(1, 28), field(1, 12), field(0, 7));
  fc.assert(
    fc.property(
      cron,
      fc.constantFrom(...zones),
      fc.integer({ min: first, max: first + years * 365 * dayMs }),
      (parts, zone, after) => {
        const fields = parseCron(parts.join(' '));
        const run = nextRun(fields, zone, after);
        expect(run).not.toBeNull();
        expect(run).toBeGreaterThan(after);
        // Asked again from anywhere before it, the answer is the same.
        expect(nextRun(fields, zone, after + Math.floor(((run ?? 0) - after) / 2))).toBe(run);
        expect(nextRun(fields, zone, (run ?? 0) - 1)).toBe(run);
      },
    ),
    { numRuns: 300 },
  );
});
