import { expect, it } from 'vitest';
import { byteSize, count, counted, duration, percent } from './units.ts';

it.each([
  [0, '0 ms'],
  [999, '999 ms'],
  [1_500, '1.5 s'],
  [60_000, '1 min'],
  [61_000, '1 min 1 s'],
  [26 * 3_600_000, '26 h'],
  [50 * 3_600_000, '2 d 2 h'],
  [-90_000, '-1 min 30 s'],
])('%i ms is %s', (ms, text) => expect(duration(ms)).toBe(text));

it.each([
  [0, '0 B'],
  [999, '999 B'],
  [999_600, '1 MB'],
  [1_240_000_000, '1.24 GB'],
])('%i bytes are %s', (bytes, text) => expect(byteSize(bytes)).toBe(text));

it('groups digits and counts nouns', () => {
  expect([count(1_204_331), counted(1, 'backup'), counted(2, 'backup'), percent(0.8049)]).toEqual([
    '1,204,331',
    '1 backup',
    '2 backups',
    '80.5 %',
  ]);
});
