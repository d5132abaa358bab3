import type { Difference, Inventory, InventoryEntry } from '@sagekeep/contracts';
import { compareInventories } from '../inventory/index.ts';

const nothing: Omit<Inventory, 'entries'> = {
  tables: [],
  sequences: [],
  largeObjects: { count: 0, bytes: 0, digest: '0'.repeat(64) },
};

/** Entries that only a dump with data has; and who owns them is told together with everything else. */
const withData = new Set(['MATERIALIZED VIEW DATA', 'STATISTICS DATA']);

/** Grants and comments of large objects, which a dump of definitions alone leaves out with them. */
const ofLargeObject = /^"?LARGE OBJECT/;

export interface ObjectSides {
  readonly before: readonly InventoryEntry[];
  readonly after: readonly InventoryEntry[];
  readonly sameMajor: boolean;
  /** Whether the backup has large objects, which a dump of definitions alone leaves out too. */
  readonly largeObjects: boolean;
}

/** From the point of view of `before`: what would be missing, unexpected (new) or different `after`. */
export function objectChanges({ before, after, sameMajor, largeObjects }: ObjectSides): Difference[] {
  const owners = !largeObjects && ![...before, ...after].some((entry) => withData.has(entry.type));
  const kept = (entries: readonly InventoryEntry[]) =>
    entries.filter(
      ({ type, name }) =>
        !withData.has(type) && !ofLargeObject.test(name) && (owners || type !== 'OWNERSHIP'),
    );
  return compareInventories(
    { ...nothing, entries: kept(before) },
    { ...nothing, entries: kept(after) },
    { sameMajor },
  );
}
