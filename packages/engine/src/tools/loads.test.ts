import { expect, it } from 'vitest';
import { mayLoad } from './loads.ts';

it.each([
  [15, 15, true],
  [15, 17, true],
  [16, 15, true],
  [17, 15, false],
  [18, 16, false],
  [18, 17, true],
  [Number.NaN, 15, true],
])('what tools of %s write may load into a server of %s: %s', (tools, server, expected) => {
  expect(mayLoad(tools, server)).toBe(expected);
});
