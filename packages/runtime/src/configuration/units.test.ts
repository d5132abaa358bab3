import { expect, it } from 'vitest';
import { parseDuration, parseSize } from './units.ts';

it.each([
  ['500ms', 500],
  ['30s', 30_000],
  ['26h', 93_600_000],
  ['1.5d', 129_600_000],
  [' 5 m ', 300_000],
])('duration %j', (text, ms) => expect(parseDuration(text)).toBe(ms));

it.each(['', '5', 'h', '5 weeks', '-5s', '1e3s', '5S'])('%j is no duration', (text) =>
  expect(parseDuration(text)).toBeNull(),
);

it.each([
  ['1GB', 1024 ** 3],
  ['512MB', 512 * 1024 ** 2],
  ['10B', 10],
])('size %j', (text, bytes) => expect(parseSize(text)).toBe(bytes));

it.each(['1gb', '1', 'GB'])('%j is no size', (text) => expect(parseSize(text)).toBeNull());
