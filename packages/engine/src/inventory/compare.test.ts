import type { Inventory } from '@sagekeep/contracts';
import { describe, expect, it } from 'vitest';
import { compareInventories } from './compare.ts';

const digest = (n: number) => n.toString(16).padStart(64, '0');
const table = (name: string, rows: number, n: number, root?: string) => ({
  ...{ name, columns: ['a'], rows, bytes: rows, digest: digest(n), nulls: { a: 0 } },
  ...(root === undefined ? {} : { root }),
});
const base: Inventory = {
  entries: [
    { type: 'TABLE', name: 'public.a', digest: digest(1) },
    { type: 'ACL', name: 'public.TABLE a', digest: digest(2) },
    { type: 'OWNERSHIP', name: 'sage', digest: digest(3) },
  ],
  tables: [table('public.a', 3, 7)],
  sequences: [{ name: 'public.s', value: '9007199254740993', called: true }],
  largeObjects: { count: 1, bytes: 5, digest: digest(9) },
};
const same = { sameMajor: true };

describe('comparing inventories', () => {
  it('finds nothing between equals', () => {
    expect(compareInventories(base, structuredClone(base), same)).toEqual([]);
  });

  it.each<[string, Partial<Inventory>, object]>([
    ['fewer rows', { tables: [table('public.a', 2, 7)] }, { kind: 'rows', change: 'different' }],
    ['other content', { tables: [table('public.a', 3, 8)] }, { kind: 'content', change: 'different' }],
    ['a table too few', { tables: [] }, { kind: 'rows', change: 'missing' }],
    [
      'a table too many',
      { tables: [...base.tables, table('public.b', 0, 0)] },
      { kind: 'rows', change: 'unexpected', name: 'public.b' },
    ],
    [
      'another sequence value',
      { sequences: [{ name: 'public.s', value: '9007199254740992', called: true }] },
      { kind: 'sequence', change: 'different' },
    ],
    [
      'a sequence not yet called',
      { sequences: [{ name: 'public.s', value: '9007199254740993', called: false }] },
      { kind: 'sequence', change: 'different' },
    ],
    [
      'no large objects',
      { largeObjects: { count: 0, bytes: 0, digest: digest(0) } },
      { kind: 'large-objects' },
    ],
    ['a definition too few', { entries: base.entries.slice(1) }, { kind: 'entry', change: 'missing' }],
  ])('finds %s', (_, change, difference) => {
    const found = compareInventories(base, { ...base, ...change }, same);
    expect(found).toHaveLength(1);
    expect(found[0]).toMatchObject(difference);
    expect(found[0]?.excuse).toBeUndefined();
  });

  it('compares a partition tree as a whole when rows may move between its leaves', () => {
    const tree = (...leaves: [number, number][]) => ({
      ...base,
      tables: leaves.map(([rows, n], index) => table(`public.leaf${index}`, rows, n, 'public.root')),
    });
    expect(compareInventories(tree([3, 10], [4, 20]), tree([5, 25], [2, 5]), same)).toEqual([]);
    expect(compareInventories(tree([3, 10], [4, 20]), tree([5, 25], [2, 6]), same)).toHaveLength(1);
  });

  it('excuses definitions of another major version, and never content', () => {
    const other = {
      ...base,
      entries: base.entries.map((entry) => ({ ...entry, digest: digest(99) })),
      tables: [table('public.a', 3, 8)],
    };
    const found = compareInventories(base, other, { sameMajor: false });
    expect(found.filter(({ excuse }) => excuse === undefined)).toMatchObject([{ kind: 'content' }]);
  });

  it('does not excuse a definition that another major version lacks', () => {
    const found = compareInventories(base, { ...base, entries: base.entries.slice(1) }, { sameMajor: false });
    expect(found[0]?.excuse).toBeUndefined();
  });

  it('excuses owners and privileges only where they were left out on purpose', () => {
    const bare = { ...base, entries: base.entries.slice(0, 1) };
    expect(compareInventories(base, bare, same).every(({ excuse }) => excuse === undefined)).toBe(true);
    const excused = compareInventories(base, bare, { ...same, withoutOwners: true });
    expect(excused.every(({ excuse }) => excuse !== undefined)).toBe(true);
  });
});
