import type { InventoryEntry } from '@sagekeep/contracts';
import { exampleBackup, exampleManifest } from '@sagekeep/storage/testing';
import { expect, it } from 'vitest';
import { definitionChanges } from './definitionChanges.ts';

const entry = (type: string, name: string, digest = 'a'): InventoryEntry => ({
  type,
  name,
  digest: digest.repeat(64),
});

function backupOf(entries: InventoryEntry[]) {
  const inventory = {
    entries,
    tables: [],
    sequences: [],
    largeObjects: { count: 0, bytes: 0, digest: '0'.repeat(64) },
  };
  return exampleBackup(
    exampleManifest({ id: 'sage_backup_20261122_020000', database: 'sage', files: [], inventory }),
  );
}
const sameTools = (entries: InventoryEntry[]) => ({ entries, clientVersion: '17.6' });

it('names what is gone and what is changed, and not what is new', () => {
  const before = backupOf([
    entry('TABLE', 'public.t'),
    entry('VIEW', 'public.v'),
    entry('INDEX', 'public.i'),
  ]);
  const now = sameTools([
    entry('TABLE', 'public.t'),
    entry('VIEW', 'public.v', 'b'),
    entry('TABLE', 'public.new'),
  ]);
  expect(definitionChanges(before, now)).toEqual([
    { type: 'VIEW', name: 'public.v', change: 'changed' },
    { type: 'INDEX', name: 'public.i', change: 'gone' },
  ]);
});

it('compares texts only when the same client tools wrote them', () => {
  const before = backupOf([entry('VIEW', 'public.v'), entry('INDEX', 'public.i')]);
  const now = { entries: [entry('VIEW', 'public.v', 'b')], clientVersion: '18.0' };
  expect(definitionChanges(before, now)).toEqual([{ type: 'INDEX', name: 'public.i', change: 'gone' }]);
});

it('leaves out what a dump without data cannot tell', () => {
  const before = backupOf([entry('OWNERSHIP', 'sage'), entry('ACL', 'LARGE OBJECT 16411')]);
  expect(definitionChanges(before, sameTools([]))).toEqual([]);
});

it('does not mind the order of entries that share a name', () => {
  const before = backupOf([entry('COMMENT', 'public.c', 'a'), entry('COMMENT', 'public.c', 'b')]);
  expect(
    definitionChanges(
      before,
      sameTools([entry('COMMENT', 'public.c', 'b'), entry('COMMENT', 'public.c', 'a')]),
    ),
  ).toEqual([]);
});
