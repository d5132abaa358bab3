import { createReadStream } from 'node:fs';
import type { InventoryEntry } from '@sagekeep/contracts';
import { inventoryEntries } from '../inventory/entries.ts';
import { readToc } from '../inventory/index.ts';
import { entryList, splitEntries } from '../restore/vectorIndexes.ts';

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
  const { vectorIndexes } = splitEntries(toc.entries);
  if (vectorIndexes.length === 0) return null;
  const out = new Set(vectorIndexes);
  const kept = toc.entries.filter((entry) => !out.has(entry));
  const left = vectorIndexes.filter((entry) => entry.type === 'INDEX');
  return {
    list: entryList(kept),
    entries: inventoryEntries({ ...toc, entries: kept }),
    names: left.map((entry) => (entry.namespace === null ? entry.tag : `${entry.namespace}.${entry.tag}`)),
  };
}
