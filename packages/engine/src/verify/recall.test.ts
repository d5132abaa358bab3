import { expect, it } from 'vitest';
import { sampleSize } from './recall.ts';

it.each([
  [-1, 20],
  [1_000, 20],
  [200_000, 20],
  [400_000, 10],
  [100_000_000, 5],
])('searches a table of %i rows for %i of them', (rows, samples) => {
  expect(sampleSize(rows)).toBe(samples);
});
