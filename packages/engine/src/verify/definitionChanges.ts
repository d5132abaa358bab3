import type { Backup, InventoryEntry } from '@sagekeep/contracts';

/** Definitions as they are now, and the client tools that wrote them. */
export interface Definitions {
  readonly entries: readonly InventoryEntry[];
  readonly clientVersion: string;
}

export interface Change {
  readonly type: string;
  readonly name: string;
  readonly change: 'gone' | 'changed';
}

/** Entries that a dump without data lacks, or that speak of more than one object. */
const incomparable = /^(OWNERSHIP|BLOB|BLOBS|BLOB METADATA|TABLE DATA|SEQUENCE SET)$/;

export interface Changes {
  readonly changes: readonly Change[];
  /** Why texts were not compared, but only names; null when they were. */
  readonly onlyNames: string | null;
}

/**
 * What has vanished or changed since a backup. Texts are compared only when client tools of one major wrote both:
 * another major may write the same thing differently. What is new is no change of what was.
 */
export function definitionChanges({ manifest }: Backup, live: Definitions): Changes {
  const [before, now] = [manifest.clientVersion, live.clientVersion];
  const sameTools = major(before) === major(now);
  const onlyNames = sameTools ? null : `pg_dump ${before} wrote the texts then, ${now} now`;
  const there = grouped(live.entries);
  const changes = [...grouped(manifest.inventory.entries)].flatMap(([key, entries]): Change[] => {
    const found = there.get(key);
    const [{ type, name } = { type: '', name: '' }] = entries;
    if (found === undefined) return [{ type, name, change: 'gone' }];
    const same = digests(entries) === digests(found);
    return same || !sameTools ? [] : [{ type, name, change: 'changed' }];
  });
  return { changes, onlyNames };
}

/** What two looks, one after the other, both tell. */
export function lasting(first: Changes, second: Changes): Changes {
  const textOf = ({ type, name, change }: Change) => JSON.stringify([type, name, change]);
  const again = new Set(second.changes.map(textOf));
  return { ...first, changes: first.changes.filter((one) => again.has(textOf(one))) };
}

function major(version: string): number {
  return Number.parseInt(version, 10);
}

/** Several entries may share type and name: overloaded functions differ by their tag, comments on columns do not. */
function grouped(entries: readonly InventoryEntry[]): Map<string, InventoryEntry[]> {
  const groups = new Map<string, InventoryEntry[]>();
  for (const entry of entries) {
    if (incomparable.test(entry.type) || /^"?LARGE OBJECT/.test(entry.name)) continue;
    const key = `${entry.type}\0${entry.name}`;
    groups.set(key, [...(groups.get(key) ?? []), entry]);
  }
  return groups;
}

function digests(entries: readonly InventoryEntry[]): string {
  return entries
    .map(({ digest }) => digest)
    .sort()
    .join(' ');
}
