import { describe, expect, it } from 'vitest';
import { ago, time } from './time.ts';

describe('time', () => {
  it.each([
    ['UTC', '2026-11-23 02:00:05 UTC'],
    ['Asia/Shanghai', '2026-11-23 10:00:05 GMT+8 (02:00:05 UTC)'],
    ['America/New_York', '2026-11-22 21:00:05 GMT-5 (2026-11-23 02:00:05 UTC)'],
    ['Asia/Kathmandu', '2026-11-23 07:45:05 GMT+5:45 (02:00:05 UTC)'],
  ])('in %s shows UTC beside', (zone, text) => {
    expect(time('2026-11-23T02:00:05.123Z', zone)).toBe(text);
  });
});

describe('ago', () => {
  const now = new Date('2026-11-23T12:00:00Z');
  it.each([
    ['2026-11-23T11:59:59.500Z', 'just now'],
    ['2026-11-23T08:48:00Z', '3 h 12 min ago'],
    ['2026-11-23T12:05:00Z', 'in 5 min'],
  ])('%s is %s', (instant, text) => expect(ago(instant, now)).toBe(text));
});
