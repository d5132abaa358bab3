import { expect, test } from 'vitest';
import { bytes, duration } from './units.ts';

test.for([
  [0, '0 bytes'],
  [999, '999 bytes'],
  [1000, '1.0 kB'],
  [31_300_000, '31.3 MB'],
  [2_500_000_000_000_000, '2500.0 TB'],
] as const)('%d bytes are %s', ([count, text]) => {
  expect(bytes(count)).toBe(text);
});

test.for([
  [0.4, '0 ms'],
  [340, '340 ms'],
  [4249, '4.2 s'],
  [190_000, '3 min 10 s'],
  [119_900, '2 min 0 s'],
] as const)('%d ms are %s', ([ms, text]) => {
  expect(duration(ms)).toBe(text);
});
