import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { anomalies } from './anomalies.ts';
import type { ContentFigures, TableFigures } from './snapshot.ts';

type Tables = Record<string, { rows: number; nulls?: Record<string, number> }>;

function figures(tables: Tables, changes: Partial<ContentFigures> = {}): ContentFigures {
  const entries = Object.entries(tables).map(([name, { rows, nulls = {} }]): [string, TableFigures] => [
    name,
    { rows, nullShares: new Map(Object.entries(nulls)) },
  ]);
  const bytes = Object.values(tables).reduce((sum, { rows }) => sum + rows * 5000, 0);
  return { systemIdentifier: '1', tables: new Map(entries), bytes, acknowledged: false, ...changes };
}

const week = Array.from({ length: 7 }, (_, day) =>
  figures({ memories: { rows: 10_000 - day * 50, nulls: { embedding: 0.05 } } }),
);

describe('anomalies', () => {
  it('has nothing to say of a first backup, nor of an ordinary one', () => {
    expect(anomalies(figures({ memories: { rows: 0 } }), [])).toEqual([]);
    expect(anomalies(figures({ memories: { rows: 10_060, nulls: { embedding: 0.06 } } }), week)).toEqual([]);
  });

  it.each<[string, ContentFigures, RegExp]>([
    [
      'rows that collapsed',
      figures({ memories: { rows: 4_000 } }),
      /rows of memories collapsed from 10,000 to 4,000/,
    ],
    ['an emptied table', figures({ memories: { rows: 0 } }), /collapsed from 10,000 to 0/],
    ['a table that is gone', figures({ others: { rows: 3 } }), /memories is gone; it held 10,000 rows/],
    [
      'a nulled column',
      figures({ memories: { rows: 10_000, nulls: { embedding: 1 } } }),
      /memories\.embedding jumped from 5 % to 100 %/,
    ],
    [
      'another server',
      figures({ memories: { rows: 10_000 } }, { systemIdentifier: '2' }),
      /another server: system identifier 2, before 1/,
    ],
    [
      'content that shrank',
      figures({ memories: { rows: 10_000 } }, { bytes: 1e6 }),
      /content dropped from 50 MB to 1 MB/,
    ],
    [
      'content that jumped',
      figures({ memories: { rows: 10_000 } }, { bytes: 5e8 }),
      /content jumped from 50 MB to 500 MB/,
    ],
  ])('names %s', (_what, now, says) => {
    expect(anomalies(now, week).join('; ')).toMatch(says);
  });

  it.each<[string, ContentFigures, RegExp]>([
    ['rows', figures({ memories: { rows: 0 } }), /collapsed from 10,000 to 0/],
    ['a table', figures({ others: { rows: 3 } }), /memories is gone/],
    ['values', figures({ memories: { rows: 10_000, nulls: { embedding: 1 } } }), /jumped from 5 % to 100 %/],
    ['content', figures({ memories: { rows: 10_000 } }, { bytes: 1e6 }), /content dropped/],
  ])(
    'catches a loss of %s a second time, after the first was acknowledged and restored',
    (_what, accident, says) => {
      const [restored = accident] = week;
      const history = [restored, { ...accident, acknowledged: true }, ...week];
      expect(anomalies(accident, history).join('; ')).toMatch(says);
      expect(anomalies(accident, history.slice(1))).toEqual([]);
    },
  );

  it('learns what is usual: a queue that is drained, partitions that are dropped by date', () => {
    const days = Array.from({ length: 10 }, (_, day) =>
      figures({
        queue: { rows: day % 2 === 0 ? 500 : 0 },
        [`log_${20 - day}`]: { rows: 1000 },
        [`log_${19 - day}`]: { rows: 1000 },
      }),
    );
    const now = figures({ queue: { rows: 0 }, log_21: { rows: 1000 }, log_20: { rows: 1000 } });
    expect(anomalies(now, days)).toEqual([]);
  });

  it.each<[string, number, readonly number[]]>([
    ['that was NULL while it was new', 10_000, [0, 0, 1, 1]],
    ['that mostly is NULL', 10_000, [0.88, 0.88, 0.87]],
    ['of a small table', 19, [0, 0, 0]],
  ])('names an emptied column %s', (_what, rows, shares) => {
    const history = shares.map((mood) => figures({ memories: { rows, nulls: { mood } } }));
    const now = figures({ memories: { rows, nulls: { mood: 1 } } });
    expect(anomalies(now, history).join()).toMatch(/NULLs in memories\.mood jumped from \d+ % to 100 %/);
  });

  it('names a column of which half was emptied, though it was NULL while it was new', () => {
    const rows = 10_000;
    const history = [0, 0, 1, 1].map((mood) => figures({ memories: { rows, nulls: { mood } } }));
    const now = figures({ memories: { rows, nulls: { mood: 0.5 } } });
    expect(anomalies(now, history).join()).toMatch(/memories\.mood jumped from 0 % to 50 %/);
  });

  it('does not mind a column whose values go with their rows, or that was empty before now and then', () => {
    const jobs = (rows: number, done: number) => figures({ jobs: { rows, nulls: { done } } });
    expect(anomalies(jobs(40, 1), [jobs(90, 0.5), jobs(80, 0.6)])).toEqual([]);
    expect(anomalies(jobs(90, 1), [jobs(90, 0.5), jobs(80, 1), jobs(80, 0.6)])).toEqual([]);
  });

  it('does not mind a new table, a new column that is NULL, or a handful of rows deleted', () => {
    const now = figures({
      memories: { rows: 9_900, nulls: { embedding: 0.05, mood: 1 } },
      fresh: { rows: 1 },
    });
    expect(anomalies(now, week)).toEqual([]);
  });
});

/**
 * Ninety days of a database that grows, is tidied every week, has a queue that fills and empties to a tenth, and gets new tables
 * and columns now and then.
 */
function ninetyDays(random: () => number): ContentFigures[] {
  let memories = 200 + random() * 50_000;
  let sessions = 20 + random() * 5_000;
  const missing = random() * 0.3;
  const days: ContentFigures[] = [];
  for (let day = 0; day < 90; day += 1) {
    memories *= 1 + random() * 0.05 - (day % 7 === 6 ? random() * 0.15 : 0);
    sessions *= 1 + random() * 0.08 - (random() < 0.1 ? random() * 0.2 : 0);
    days.unshift(
      figures({
        memories: {
          rows: Math.round(memories),
          nulls: { embedding: missing + random() * 0.04, ...(day < 40 ? {} : { mood: 1 }) },
        },
        sessions: { rows: Math.round(sessions) },
        jobs: { rows: 30 + Math.floor(random() * 270) },
        ...(day > 30 ? { extra: { rows: 10 + day } } : {}),
        [`part_${Math.floor(day / 10)}`]: { rows: 100 },
      }),
    );
  }
  return days;
}

const seeds = fc.integer({ min: 1, max: 2 ** 31 });

function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

/** How many days raise an alarm when each is treated so afterwards, as with real backups: what nobody acknowledges is no history. */
function alarmsOf(days: readonly ContentFigures[], treated: 'acknowledged' | 'left'): number {
  let [history, alarms]: [ContentFigures[], number] = [[], 0];
  for (const day of days.toReversed()) {
    const isAlarm = anomalies(day, history).length > 0;
    if (isAlarm) alarms += 1;
    if (!isAlarm) history = [day, ...history];
    else if (treated === 'acknowledged') history = [{ ...day, acknowledged: true }, ...history];
  }
  return alarms;
}

describe('over ninety days of normal growth', () => {
  it.each(['acknowledged', 'left'] as const)('raises at most one false alarm, which is %s', (treated) => {
    fc.assert(
      fc.property(seeds, (seed) => {
        expect(alarmsOf(ninetyDays(generator(seed)), treated)).toBeLessThanOrEqual(1);
      }),
      { numRuns: 200 },
    );
  });

  it.each<[string, (day: ContentFigures) => ContentFigures, RegExp]>([
    [
      'a DELETE without WHERE',
      (day) => changed(day, 'memories', (table) => ({ ...table, rows: 0, nullShares: new Map() })),
      /rows of memories/,
    ],
    [
      'a nulled column',
      (day) => changed(day, 'memories', (table) => ({ ...table, nullShares: new Map([['embedding', 1]]) })),
      /NULLs in memories\.embedding/,
    ],
    [
      'a dropped table',
      (day) => ({ ...day, tables: new Map([...day.tables].filter(([name]) => name !== 'sessions')) }),
      /sessions is gone/,
    ],
  ])('catches %s on any day', (_what, plant, says) => {
    fc.assert(
      fc.property(seeds, fc.integer({ min: 1, max: 80 }), (seed, day) => {
        const days = ninetyDays(generator(seed)).slice(90 - day - 5);
        const [today, ...history] = days;
        if (today === undefined) throw new Error('no day');
        expect(anomalies(plant(today), history).join('; ')).toMatch(says);
      }),
      { numRuns: 200 },
    );
  });
});

function changed(
  day: ContentFigures,
  name: string,
  change: (table: TableFigures) => TableFigures,
): ContentFigures {
  return {
    ...day,
    tables: new Map([...day.tables].map(([key, table]) => [key, key === name ? change(table) : table])),
  };
}
