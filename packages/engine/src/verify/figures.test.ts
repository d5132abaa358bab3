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
    ['that is idle and holds more than 1 GiB', {}, 'warn', 'idle and holding WAL: a (1024 MiB)'],
    ['that holds 1 GiB', { held: String(gibibyte) }, 'pass', '1: a'],
    ['that is read', { active: true }, 'pass', '1: a'],
    ['of a standby, which cannot tell', { held: null }, 'pass', '1: a'],
    ['that has lost its WAL', { status: 'lost', held: null }, 'fail', 'lost its WAL: a'],
  ])('one %s', (_what, change, status, value) => {
    expect(judgeSlots([{ ...slot, ...change }])).toEqual({ status, value });
  });

  it('names a lost one before those that hold WAL, and passes where there is none', () => {
    expect(judgeSlots([slot, { ...slot, name: 'b', status: 'lost' }]).value).toBe('lost its WAL: b');
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
