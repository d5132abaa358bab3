import { describe, expect, it } from 'vitest';
import { judgeSlots } from './checks/connection.slots.ts';
import { judgeAges } from './checks/connection.transaction-age.ts';
import { judgeHits } from './checks/performance.cache.ts';
import { hasOutgrown } from './checks/performance.size.ts';

const gibibyte = 1024 ** 3;

describe('the age of transaction ids', () => {
  const limits = { limit: 200_000_000, multiLimit: 400_000_000 };

  it.each([
    [400_000_000, 0, 'pass'],
    [400_000_001, 0, 'warn'],
    [0, 800_000_000, 'pass'],
    [0, 800_000_001, 'warn'],
    [1_500_000_000, 0, 'warn'],
    [1_500_000_001, 0, 'fail'],
    [0, 1_500_000_001, 'fail'],
  ])('of %d, and of multixacts %d: %s', (xids, multixacts, status) => {
    const value = `${xids} transactions, ${multixacts} multixacts old`;
    expect(judgeAges({ xids, multixacts, ...limits })).toEqual({ status, value });
  });

  it('fails near the wrap-around also where the server freezes as late as it can', () => {
    const latest = { limit: 2_000_000_000, multiLimit: 2_000_000_000 };
    expect(judgeAges({ xids: 1_600_000_000, multixacts: 0, ...latest }).status).toBe('fail');
  });
});

describe('replication slots', () => {
  const slot = { name: 'a', active: false, status: 'reserved', held: String(gibibyte + 1) };

  it.each([
    ['that is idle and holds more than 1 GiB', {}, 'warn', 'a (idle, holds 1.0 GiB)'],
    ['that is idle and holds 1 GiB', { held: String(gibibyte) }, 'pass', '1: a (idle, holds 1.0 GiB)'],
    ['that is read and holds more than 1 GiB', { active: true }, 'pass', '1: a (active, holds 1.0 GiB)'],
    [
      'that is read and holds more than 10 GiB',
      { active: true, held: String(11 * gibibyte) },
      'warn',
      'a (active, holds 11.0 GiB)',
    ],
    [
      'that is read and holds more than 100 GiB',
      { active: true, held: String(300 * gibibyte) },
      'fail',
      'a (active, holds 300.0 GiB)',
    ],
    [
      'that is idle and holds more than 100 GiB',
      { held: String(101 * gibibyte) },
      'fail',
      'a (idle, holds 101.0 GiB)',
    ],
    ['that holds little', { held: '5000000' }, 'pass', '1: a (idle, holds 5 MiB)'],
    ['of a standby, which cannot tell', { held: null }, 'pass', '1: a (idle)'],
    ['that has lost its WAL', { status: 'lost', held: null }, 'fail', 'a (idle, its WAL is lost)'],
    [
      'that is about to lose its WAL',
      { active: true, status: 'unreserved', held: '5000000' },
      'fail',
      'a (active, holds 5 MiB, its WAL is about to be removed)',
    ],
  ])('one %s', (_what, change, status, value) => {
    expect(judgeSlots([{ ...slot, ...change }])).toEqual({ status, value });
  });

  it('names a lost one before those that hold WAL, and passes where there is none', () => {
    const lost = { ...slot, name: 'b', status: 'lost', held: null };
    expect(judgeSlots([slot, lost]).value).toBe('b (idle, its WAL is lost)');
    expect(judgeSlots([])).toEqual({ status: 'pass', value: 'none' });
  });
});

it.each([
  [0, 0, 'pass'],
  [799_999, 200_001, 'warn'],
  [800_000, 200_000, 'pass'],
  [0, 999_999, 'pass'],
  [0, 1_000_000, 'warn'],
])('%d blocks found in shared buffers, %d not: %s', (hit, read, status) => {
  expect(judgeHits(hit, read).status).toBe(status);
});

it.each([
  [1.1e9, 0.3e9, true],
  [0.9e9, 0.1e9, false],
  [1.1e9, 0.4e9, false],
])('%d bytes after %d have outgrown the backup: %s', (size, before, outgrown) => {
  expect(hasOutgrown(size, before)).toBe(outgrown);
});
