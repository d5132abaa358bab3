import { createReadStream } from 'node:fs';
import type { InventoryEntry } from '@sagekeep/contracts';
import { inventoryEntries } from '../inventory/entries.ts';
import { readToc, type Toc, type TocEntry } from '../inventory/index.ts';

const vectorIndex = /^CREATE (?:UNIQUE )?INDEX .* USING (?:hnsw|ivfflat) /s;

/** Vector indexes, and whatever needs them (attachments of partitions, comments), by dump id. */
function vectorIndexIds(toc: Toc): Set<number> {
  const ids = new Set(
    toc.entries
      .filter((entry) => entry.type === 'INDEX' && vectorIndex.test(entry.definition ?? ''))
      .map((entry) => entry.dumpId),
  );
  const needsOne = (entry: TocEntry) =>
    !ids.has(entry.dumpId) && entry.dependencies.some((id) => ids.has(id));
  for (let more = toc.entries.filter(needsOne); more.length > 0; more = toc.entries.filter(needsOne)) {
    for (const entry of more) ids.add(entry.dumpId);
  }
  return ids;
}

/** What a restore without vector indexes loads, and what it must then hold. */
export interface LeftOut {
  /** Lines for `pg_restore -L`. */
  readonly list: string;
  /** The definitions of everything that is loaded. */
  readonly entries: InventoryEntry[];
  readonly names: readonly string[];
}

/** Null when the archive has no vector index. Throws `FILE_DAMAGED` when it is no archive. */
export async function leaveOutVectorIndexes(path: string): Promise<LeftOut | null> {
  const toc = await readToc(createReadStream(path) as AsyncIterable<Buffer>);
  const ids = vectorIndexIds(toc);
  if (ids.size === 0) return null;
  const kept = toc.entries.filter((entry) => !ids.has(entry.dumpId));
  const left = toc.entries.filter((entry) => ids.has(entry.dumpId) && entry.type === 'INDEX');
  return {
    list: kept.map((entry) => `${entry.dumpId};\n`).join(''),
    entries: inventoryEntries({ ...toc, entries: kept }),
    names: left.map((entry) => (entry.namespace === null ? entry.tag : `${entry.namespace}.${entry.tag}`)),
  };
}
