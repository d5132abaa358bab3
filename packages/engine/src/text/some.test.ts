import { expect, it } from 'vitest';
import { some } from './some.ts';

it.each([
  [['a'], 'a'],
  [['a', 'b', 'c', 'd', 'e'], 'a, b, c, d, e'],
  [['a', 'b', 'c', 'd', 'e', 'f'], 'a, b, c, d, e and 1 more'],
])('%j reads %s', (names, text) => {
  expect(some(names)).toBe(text);
});

it('as many are named as are wanted', () => {
  expect(some(['a', 'b', 'c', 'd'], 2)).toBe('a, b and 2 more');
});
