import type { InventoryTable } from '@sagekeep/contracts';
import { expect, it } from 'vitest';
import { coverageBefore } from './coverageBefore.ts';

const table = (name: string, rows: number, nulls: number, root?: string): InventoryTable => ({
  name,
  columns: ['id', 'spot'],
  rows,
  bytes: 1,
  digest: '0'.repeat(64),
  nulls: { id: 0, spot: nulls },
  ...(root === undefined ? {} : { root }),
});
const before = (tables: InventoryTable[], tableName = 'notes', columnName = 'spot') =>
  coverageBefore(
    { entries: [], tables, sequences: [], largeObjects: { count: 0, bytes: 0, digest: '0'.repeat(64) } },
    { schemaName: 'public', tableName, columnName },
  );

it('tells the share of rows with a value, of all partitions together', () => {
  expect(before([table('public.notes', 200, 10), table('public.other', 5, 5)])).toBe(95);
  expect(
    before([table('public.p1', 10, 10, 'public.notes'), table('public.p2', 30, 0, 'public.notes')]),
  ).toBe(75);
  expect(before([table('public."Odd one"', 4, 1)], 'Odd one')).toBe(75);
});

it('tells nothing of what was not there', () => {
  expect(before([])).toBeNull();
  expect(before([table('public.notes', 0, 0)])).toBeNull();
  expect(before([table('public.notes', 9, 0)], 'notes', 'added')).toBeNull();
});
