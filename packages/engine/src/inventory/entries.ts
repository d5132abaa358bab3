import { createHash } from 'node:crypto';
import type { InventoryEntry, InventorySequence } from '@sagekeep/contracts';
import { readableName } from './names.ts';
import type { Toc, TocEntry } from './toc.ts';

/** Entries whose meaning is content, compared as such. */
const contentTypes = new Set(['TABLE DATA', 'SEQUENCE SET', 'BLOB', 'BLOBS', 'BLOB METADATA']);

/**
 * Whether an entry speaks of the database itself. Such entries are kept in the manifest's properties: a restore
 * without `--create` leaves them out, and the database's name is in them.
 */
export function isAboutDatabase(entry: TocEntry): boolean {
  if (entry.type === 'DATABASE' || entry.type === 'DATABASE PROPERTIES') return true;
  const attached = entry.type === 'COMMENT' || entry.type === 'ACL' || entry.type === 'SECURITY LABEL';
  return attached && entry.namespace === null && entry.tag.startsWith('DATABASE ');
}

const inheriting = /^(CREATE [^\n]*TABLE .*? \(\n)(.*?)(\n\)\nINHERITS \(.*)$/s;

/**
 * pg_dump's own text; only for tables with inheritance parents the columns are sorted, because a restore may change
 * their order.
 */
export function normalForm(definition: string): string {
  const match = inheriting.exec(definition);
  if (match === null) return definition;
  const columns = (match[2] ?? '').trim().split(/,\n {4}/);
  return `${match[1]}${columns.sort().join(',\n')}${match[3]}`;
}

/** Schema and tag as pg_dump has them; a tag may be a signature or name two objects (`TABLE a`, `a a_pkey`). */
function entryName(entry: TocEntry): string {
  return entry.namespace === null ? entry.tag : `${entry.namespace}.${entry.tag}`;
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/** One entry per role, over all that it owns: owners are not part of pg_dump's definitions. */
function ownership(entries: readonly TocEntry[]): InventoryEntry[] {
  const owned = new Map<string, string[]>();
  for (const entry of entries) {
    if (entry.owner === null || entry.type === 'TABLE DATA' || entry.type === 'SEQUENCE SET') continue;
    const list = owned.get(entry.owner) ?? [];
    list.push(`${entry.type} ${entryName(entry)}`);
    owned.set(entry.owner, list);
  }
  return [...owned]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([role, list]) => ({ type: 'OWNERSHIP', name: role, digest: sha256(list.sort().join('\n')) }));
}

/** Every definition of an archive with the digest of its text in normal form, and who owns what. */
export function inventoryEntries(toc: Toc): InventoryEntry[] {
  const ours = toc.entries.filter((entry) => !isAboutDatabase(entry));
  const definitions = ours
    .filter((entry) => !contentTypes.has(entry.type))
    .map((entry) => ({
      type: entry.type,
      name: entryName(entry),
      digest: sha256(normalForm(entry.definition ?? '')),
    }));
  return [...definitions, ...ownership(ours)];
}

const setvalPattern = /setval\('.*', (-?\d+), (true|false)\);\s*$/s;

/** Sequence positions as the archive will set them. */
export function inventorySequences(toc: Toc): InventorySequence[] {
  return toc.entries
    .filter((entry) => entry.type === 'SEQUENCE SET')
    .map((entry) => {
      const match = setvalPattern.exec(entry.definition ?? '');
      return {
        name: readableName(entry.namespace, entry.tag),
        value: match?.[1] ?? '',
        called: match?.[2] === 'true',
      };
    });
}
