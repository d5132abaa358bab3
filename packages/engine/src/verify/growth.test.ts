import { expect, it } from 'vitest';
import { grown } from './growth.ts';

it.each([
  [100, undefined, ''],
  [100, 0, ''],
  [100, 100, ''],
  [1125, 1000, ' +12.5 %'],
  [500, 1000, ' −50.0 %'],
])('from %s, after %s before: %j', (now, before, text) => {
  expect(grown(now, before)).toBe(text);
});
