import { expect, it } from 'vitest';
import { busyMs } from '../bench/measure.ts';

const phases = { preflight: 1, snapshot: 20, dump: 300, globals: 4000, store: 50_000, derive: 600_000 };

it('a database is busy with a backup from the snapshot until roles are read', () => {
  expect(busyMs(phases)).toBe(4320);
});

it('a phase that was not told is not taken for nothing', () => {
  const { globals: _, ...others } = phases;
  expect(busyMs(others)).toBeNaN();
});
