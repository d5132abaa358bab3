import { describe, expect, it } from 'vitest';
import { buildProgress } from './buildWatch.ts';

const build = { expectedBytes: 1000, from: 10, to: 50 };

describe('the progress of a build', () => {
  it('tells rows, rate and what is left of them', () => {
    expect(buildProgress(build, { bytes: 250, elapsedMs: 1000, index: undefined })).toEqual({
      ...{ progress: 20, phase: 'data', bytes: 250, bytesPerSecond: 250, etaMs: 3000 },
    });
  });

  it('promises no end before there is a rate', () => {
    expect(buildProgress(build, { bytes: 0, elapsedMs: 1000, index: undefined })).not.toHaveProperty('etaMs');
  });

  it('never says that nothing is left while an index is being built', () => {
    const index = { phase: 'building index: loading tuples', done: '7', total: '9' };
    const progress = buildProgress(build, { bytes: 1000, elapsedMs: 1000, index });
    expect(progress).toMatchObject({ phase: 'post-data', detail: 'building index: loading tuples: 7 of 9' });
    expect(progress).not.toHaveProperty('etaMs');
    const between = buildProgress(build, { bytes: 1000, elapsedMs: 1000, index: undefined });
    expect(between).not.toHaveProperty('etaMs');
  });
});
