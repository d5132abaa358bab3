import { describe, expect, it } from 'vitest';
import { buildProgress } from './buildWatch.ts';
import { createIndexWatch } from './indexWatch.ts';

const build = { expectedBytes: 1000, expectedIndexes: 4, from: 10, to: 50, end: 74 };
const loading = { key: '7 noon', phase: 'building index: loading tuples' };

describe('the progress of a build', () => {
  it('tells rows, rate and what is left of them', () => {
    expect(buildProgress(build, { bytes: 250, elapsedMs: 1000, indexes: null })).toEqual({
      ...{ progress: 20, phase: 'data', bytes: 250, bytesPerSecond: 250, etaMs: 3000 },
    });
  });

  it('promises no end before there is a rate', () => {
    expect(buildProgress(build, { bytes: 0, elapsedMs: 1000, indexes: null })).not.toHaveProperty('etaMs');
  });

  it('never says that nothing is left between rows and indexes', () => {
    const between = buildProgress(build, { bytes: 1000, elapsedMs: 1000, indexes: null });
    expect(between).toMatchObject({ progress: 50, phase: 'data' });
    expect(between).not.toHaveProperty('etaMs');
  });

  it('goes on with the indexes, at the rate of each one’s phase', () => {
    const watch = createIndexWatch();
    const far = { bytes: 1000, elapsedMs: 1000 };
    const at = (done: number, ms: number) =>
      buildProgress(build, { ...far, indexes: watch.see([{ ...loading, done, total: 900 }], ms) });
    expect(at(100, 1000)).not.toHaveProperty('etaMs');
    expect(at(450, 2000)).toMatchObject({
      ...{ progress: 53, phase: 'post-data', detail: 'building index: loading tuples: 450 of 900' },
      etaMs: Math.round(450 / 0.35),
    });
    // It has ended, the next one has not begun.
    const between = buildProgress(build, { ...far, indexes: watch.see([], 3000) });
    expect(between).toMatchObject({ progress: 56, phase: 'post-data' });
    expect(between).not.toHaveProperty('etaMs');
  });
});

describe('indexes that are being built', () => {
  it('are none before the first one', () => {
    expect(createIndexWatch().see([], 0)).toBeNull();
  });

  it('several at once last as long as the slowest', () => {
    const watch = createIndexWatch();
    const rows = (one: number, two: number) => [
      { ...loading, done: one, total: 100 },
      { ...loading, key: '8 noon', done: two, total: 100 },
    ];
    watch.see(rows(0, 0), 0);
    expect(watch.see(rows(50, 10), 1000)).toEqual({
      ...{ seen: 2, done: 0.6, leftMs: 9000 },
      detail: 'building index: loading tuples: 50 of 100; 2 indexes at once',
    });
  });

  it('have a rate for each phase of their own', () => {
    const watch = createIndexWatch();
    watch.see([{ ...loading, done: 900, total: 900 }], 0);
    const sorting = { ...loading, phase: 'building index: sorting live tuples' };
    expect(watch.see([{ ...sorting, done: 0, total: 0 }], 1000)).toMatchObject({ done: 0, leftMs: null });
    expect(watch.see([{ ...loading, done: 10, total: 900 }], 2000)).toMatchObject({ leftMs: null });
  });
});
