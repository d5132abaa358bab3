import type { Difference, Inventory, InventoryEntry, InventoryTable } from '@sagekeep/contracts';
import { addDigests } from './rowDigest.ts';

export interface CompareOptions {
  /** False when the two sides come from different major versions, which write some definitions differently. */
  readonly sameMajor: boolean;
  /** True when owners and privileges were left out on purpose; their differences are then excused. */
  readonly withoutOwners?: boolean;
}

/** A table, or a whole partition tree whose rows may lie in any of its leaves. */
interface Content {
  readonly rows: number;
  readonly digest: string;
  readonly columns: string;
}

function contents(tables: readonly InventoryTable[]): Map<string, Content> {
  const byName = new Map<string, Content>();
  for (const table of tables) {
    const name = table.root ?? table.name;
    const columns = table.columns.join(', ');
    const before = byName.get(name);
    byName.set(name, {
      rows: table.rows + (before?.rows ?? 0),
      digest: before === undefined ? table.digest : addDigests(table.digest, before.digest),
      columns,
    });
  }
  return byName;
}

function compareContent(name: string, expected: Content, actual: Content): Difference[] {
  if (expected.rows !== actual.rows) {
    const [e, a] = [`${expected.rows} rows`, `${actual.rows} rows`];
    return [{ kind: 'rows', change: 'different', name, expected: e, actual: a }];
  }
  if (expected.columns !== actual.columns) {
    const [e, a] = [expected.columns, actual.columns];
    return [{ kind: 'content', change: 'different', name, expected: `columns ${e}`, actual: `columns ${a}` }];
  }
  if (expected.digest === actual.digest) return [];
  return [{ kind: 'content', change: 'different', name, expected: expected.digest, actual: actual.digest }];
}

function compareTables(expected: Inventory, actual: Inventory): Difference[] {
  const there = contents(actual.tables);
  const wanted = contents(expected.tables);
  const differences = [...wanted].flatMap(([name, content]): Difference[] => {
    const found = there.get(name);
    if (found !== undefined) return compareContent(name, content, found);
    return [{ kind: 'rows', change: 'missing', name, expected: `${content.rows} rows` }];
  });
  const extra = [...there].filter(([name]) => !wanted.has(name));
  return [
    ...differences,
    ...extra.map(
      ([name, content]): Difference => ({
        kind: 'rows',
        change: 'unexpected',
        name,
        actual: `${content.rows} rows`,
      }),
    ),
  ];
}

/** Several definitions may share type and name; together they are compared as a sorted list. */
function digests(entries: readonly InventoryEntry[]): Map<string, { type: string; digest: string }> {
  const lists = new Map<string, { type: string; list: string[] }>();
  for (const { type, name, digest } of entries) {
    const key = `${type} ${name}`;
    const group = lists.get(key) ?? { type, list: [] };
    group.list.push(digest);
    lists.set(key, group);
  }
  return new Map([...lists].map(([key, { type, list }]) => [key, { type, digest: list.sort().join(' ') }]));
}

function excuseFor(type: string, change: Difference['change'], options: CompareOptions): { excuse?: string } {
  const aboutOwners = type === 'OWNERSHIP' || type === 'ACL' || type === 'DEFAULT ACL';
  if (aboutOwners && options.withoutOwners === true) {
    return { excuse: 'owners and privileges were left out on purpose' };
  }
  if (!options.sameMajor && (change === 'different' || type === 'OWNERSHIP' || type === 'ACL')) {
    return { excuse: 'another major version of PostgreSQL writes this definition differently' };
  }
  return {};
}

function compareEntries(expected: Inventory, actual: Inventory, options: CompareOptions): Difference[] {
  const wanted = digests(expected.entries);
  const there = digests(actual.entries);
  const names = [...new Set([...wanted.keys(), ...there.keys()])];
  return names.flatMap((name): Difference[] => {
    const e = wanted.get(name);
    const a = there.get(name);
    if (e?.digest === a?.digest) return [];
    const change = e === undefined ? 'unexpected' : a === undefined ? 'missing' : 'different';
    return [
      {
        kind: 'entry',
        change,
        name,
        ...(e === undefined ? {} : { expected: e.digest }),
        ...(a === undefined ? {} : { actual: a.digest }),
        ...excuseFor(e?.type ?? a?.type ?? '', change, options),
      },
    ];
  });
}

function compareSequences(expected: Inventory, actual: Inventory): Difference[] {
  const texts = (inventory: Inventory) =>
    new Map(
      inventory.sequences.map(({ name, value, called }) => [
        name,
        `${value}${called ? '' : ' (not called)'}`,
      ]),
    );
  const wanted = texts(expected);
  const there = texts(actual);
  const names = [...new Set([...wanted.keys(), ...there.keys()])];
  return names.flatMap((name): Difference[] => {
    const e = wanted.get(name);
    const a = there.get(name);
    if (e === a) return [];
    const change = e === undefined ? 'unexpected' : a === undefined ? 'missing' : 'different';
    return [
      {
        kind: 'sequence',
        change,
        name,
        ...(e === undefined ? {} : { expected: e }),
        ...(a === undefined ? {} : { actual: a }),
      },
    ];
  });
}

function compareLargeObjects(expected: Inventory, actual: Inventory): Difference[] {
  const text = ({ largeObjects: l }: Inventory) => `${l.count} of ${l.bytes} bytes, ${l.digest}`;
  if (text(expected) === text(actual)) return [];
  const [e, a] = [text(expected), text(actual)];
  return [{ kind: 'large-objects', change: 'different', name: 'large objects', expected: e, actual: a }];
}

/**
 * Every way in which two inventories differ; empty when they are equal. A difference without an `excuse` means that
 * the two do not hold the same. Partition trees whose rows may move between leaves are compared as a whole.
 */
export function compareInventories(
  expected: Inventory,
  actual: Inventory,
  options: CompareOptions,
): Difference[] {
  return [
    ...compareTables(expected, actual),
    ...compareSequences(expected, actual),
    ...compareLargeObjects(expected, actual),
    ...compareEntries(expected, actual, options),
  ];
}
