import type { TocEntry } from '../inventory/index.ts';

const vectorIndex = /^CREATE (?:UNIQUE )?INDEX .* USING (?:hnsw|ivfflat) /s;

/** Some entries, and whatever needs them: attachments of partitions, comments. */
function withDependents(entries: readonly TocEntry[], isRoot: (entry: TocEntry) => boolean): Set<TocEntry> {
  const found = new Set(entries.filter(isRoot));
  const ids = new Set([...found].map((entry) => entry.dumpId));
  const needsOne = (entry: TocEntry) => !found.has(entry) && entry.dependencies.some((id) => ids.has(id));
  for (let more = entries.filter(needsOne); more.length > 0; more = entries.filter(needsOne)) {
    for (const entry of more) {
      found.add(entry);
      ids.add(entry.dumpId);
    }
  }
  return found;
}

export interface Split {
  readonly vectorIndexes: readonly TocEntry[];
  /** Event triggers, which would fire for every index that is built after them. */
  readonly last: readonly TocEntry[];
  readonly others: readonly TocEntry[];
}

/** Sorts out vector indexes with all that hangs on them; the archive's order is kept. */
export function splitEntries(entries: readonly TocEntry[]): Split {
  const vectors = withDependents(
    entries,
    ({ type, definition }) => type === 'INDEX' && vectorIndex.test(definition ?? ''),
  );
  const triggers = withDependents(entries, ({ type }) => type === 'EVENT TRIGGER');
  return {
    vectorIndexes: entries.filter((entry) => vectors.has(entry)),
    last: entries.filter((entry) => triggers.has(entry)),
    others: entries.filter((entry) => !vectors.has(entry) && !triggers.has(entry)),
  };
}

/** Lines for `pg_restore -L`. */
export function entryList(entries: readonly TocEntry[]): string {
  return entries.map((entry) => `${entry.dumpId};\n`).join('');
}
