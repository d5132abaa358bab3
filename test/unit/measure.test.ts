import { expect, it } from 'vitest';
import { busyMs, ratio } from '../bench/measure.ts';

const phases = { preflight: 1, snapshot: 20, dump: 300, globals: 4000, store: 50_000, derive: 600_000 };

it('a database is busy with a backup from the snapshot until roles are read', () => {
  expect(busyMs(phases)).toBe(4320);
});

it('a phase that was not told is not taken for nothing', () => {
  const { globals: _, ...others } = phases;
  expect(busyMs(others)).toBeNaN();
});

it('rounds are compared each by itself: one on a slower machine does not decide', () => {
  const verdict = ratio(
    'ours : theirs',
    [
      [2000, 60_000, 2200],
      [1000, 30_000, 2000],
    ],
    2,
  );
  expect(verdict).toMatchObject({ figure: '2.00 × (2.20 s : 2.00 s)', holds: true });
});
