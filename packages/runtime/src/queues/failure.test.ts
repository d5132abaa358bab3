import { type Format, SagekeepError } from '@sagekeep/contracts';
import { expect, it } from 'vitest';
import { formatFailure, parseFailure } from './failure.ts';
import { backoffDelay } from './options.ts';
import { keyedJobId, sameBackup } from './sameRequest.ts';

it('a failure is a sentence for people, and reads back', () => {
  const error = new SagekeepError('TOOL_FAILED', 'pg_dump ended with 1: no\nsuch: thing', {
    advice: 'Look there.',
  });
  const text = formatFailure(error);
  expect(text).toBe('TOOL_FAILED: pg_dump ended with 1: no\nsuch: thing\nWhat to do: Look there.');
  expect(parseFailure(text)).toEqual({
    code: 'TOOL_FAILED',
    message: 'pg_dump ended with 1: no\nsuch: thing',
    advice: 'Look there.',
  });
});

it.each([
  ['something broke', 'INTERNAL'],
  ['UNHEARD_OF: text', 'INTERNAL'],
  ['job stalled more than allowable limit', 'CRASHED_REPEATEDLY'],
])('words that are not ours: %s', (text, code) => {
  expect(parseFailure(text)).toEqual({ code, message: text, advice: null });
});

it('back-off doubles up to the cap, and jitter only shortens it', () => {
  const full = (attempt: number) => backoffDelay('backup', attempt, { factor: 1, random: 0 });
  expect([1, 2, 3].map(full)).toEqual([15_000, 30_000, 60_000]);
  expect(full(50)).toBe(15 * 60_000);
  expect(backoffDelay('backup', 1, { factor: 1, random: 1 })).toBe(10_000);
});

it('the same backup is asked for, however its formats are named and whoever asks', () => {
  const one = { database: 'sage', reason: 'manual' as const, by: 'anna' };
  const both = { ...one, formats: ['sql', 'custom'] as Format[] };
  const same = sameBackup(both, null);
  expect(sameBackup({ ...both, by: 'otto', reason: 'schedule', formats: ['custom', 'sql'] }, null)).toBe(
    same,
  );
  expect(sameBackup({ ...both, formats: ['custom', 'sql', 'custom'] }, ['sql'])).toBe(same);
  expect(sameBackup(one, ['custom', 'sql'])).toBe(same);
  expect(sameBackup(one, ['custom'])).not.toBe(same);
  expect(sameBackup(one, null)).not.toBe(same);
  for (const other of [{ label: 'x' }, { hold: 'x' }, { database: 'other' }])
    expect(sameBackup({ ...both, ...other }, null)).not.toBe(same);
});

it('one key belongs to one caller and one kind of job', () => {
  const ids = [
    keyedJobId('backup', 'anna', 'k'),
    keyedJobId('backup', 'otto', 'k'),
    keyedJobId('cleanup', 'anna', 'k'),
    keyedJobId('backup', 'anna', 'l'),
  ];
  expect(new Set(ids).size).toBe(4);
  expect(keyedJobId('backup', 'anna', 'k')).toBe(ids[0]);
  for (const id of ids) expect(id).not.toContain(':');
});
