import { expect, it } from 'vitest';
import { timeFaults } from './check.ts';
import { parseCron } from './cron.ts';

it('reads lists, ranges and steps', () => {
  const fields = parseCron('*/20 1-5/2,23 1,15 * 1-5');
  expect(fields.minutes).toEqual([0, 20, 40]);
  expect(fields.hours).toEqual([1, 3, 5, 23]);
  expect([...fields.days]).toEqual([1, 15]);
  expect(fields.months.size).toBe(12);
  expect([...fields.weekdays]).toEqual([1, 2, 3, 4, 5]);
});

it('a step without an end goes on to the end', () => {
  expect(parseCron('50/3 * * * *').minutes).toEqual([50, 53, 56, 59]);
});

it.each([
  '* * * *',
  '* * * * * *',
  '60 * * * *',
  '* 24 * * *',
  '* * 0 * *',
  '* * 32 * *',
  '* * * 13 *',
  '* * * * 8',
  '5-1 * * * *',
  '*/0 * * * *',
  'H * * * *',
  '@daily',
  '-1 * * * *',
  '1, * * * *',
  '',
])('refuses %j', (text) => {
  expect(() => parseCron(text)).toThrow(RangeError);
});

it('names what is wrong with a time', () => {
  expect(timeFaults({ cron: '0 2 * * *', timezone: 'Asia/Shanghai' })).toEqual([]);
  expect(timeFaults({ cron: '0 2 30 2 *', timezone: 'UTC' }).map(({ field }) => field)).toEqual(['cron']);
  expect(timeFaults({ cron: '0 2 * * *', timezone: 'Mars/Olympus' }).map(({ field }) => field)).toEqual([
    'timezone',
  ]);
  expect(timeFaults({ cron: undefined, timezone: 'UTC' })).toEqual([]);
});
