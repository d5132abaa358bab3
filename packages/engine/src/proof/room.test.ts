import { expect, it } from 'vitest';
import { reserveOf } from './room.ts';

const gib = 1024 ** 3;

it.each([
  [2 * gib, gib],
  [50 * gib, 5 * gib],
  [4000 * gib, 10 * gib],
])('a proof leaves a tenth of the disk, within limits: of %d bytes %d', (total, left) => {
  expect(reserveOf(total)).toBe(left);
});
