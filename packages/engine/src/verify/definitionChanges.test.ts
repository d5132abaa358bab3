import type { InventoryEntry } from '@sagekeep/contracts';
import { exampleBackup, exampleManifest } from '@sagekeep/storage/testing';
import { expect, it } from 'vitest';
import { definitionChanges, lasting } from './definitionChanges.ts';

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
  expect(definitionChanges(before, now)).toEqual({
    changes: [
      { type: 'VIEW', name: 'public.v', change: 'changed' },
      { type: 'INDEX', name: 'public.i', change: 'gone' },
    ],
    onlyNames: null,
  });
});

it.each([
  ['17.2', 'the same major', ['VIEW', 'INDEX']],
  ['18.0', 'another major', ['INDEX']],
])('compares texts with those of %s, %s', (clientVersion, _what, types) => {
  const before = backupOf([entry('VIEW', 'public.v'), entry('INDEX', 'public.i')]);
  const { changes, onlyNames } = definitionChanges(before, {
    entries: [entry('VIEW', 'public.v', 'b')],
    clientVersion,
  });
  expect(changes.map(({ type }) => type)).toEqual(types);
  expect(onlyNames).toEqual(types.length === 2 ? null : 'pg_dump 17.6 wrote the texts then, 18.0 now');
});

it('leaves out what a dump without data cannot tell', () => {
  const before = backupOf([entry('OWNERSHIP', 'sage'), entry('ACL', 'LARGE OBJECT 16411')]);
  expect(definitionChanges(before, sameTools([])).changes).toEqual([]);
});

it('keeps of two looks what both tell', () => {
  const told = (...names: string[]) => ({
    changes: names.map((name) => ({ type: 'INDEX', name, change: 'changed' as const })),
    onlyNames: null,
  });
  expect(lasting(told('a', 'b'), told('b', 'c'))).toEqual(told('b'));
});

it('does not mind the order of entries that share a name', () => {
  const before = backupOf([entry('COMMENT', 'public.c', 'a'), entry('COMMENT', 'public.c', 'b')]);
  expect(
    definitionChanges(
      before,
      sameTools([entry('COMMENT', 'public.c', 'b'), entry('COMMENT', 'public.c', 'a')]),
    ).changes,
  ).toEqual([]);
});
