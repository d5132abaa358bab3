import type { Difference, Inventory } from '@sagekeep/contracts';
import { compareInventories } from '../../inventory/index.ts';

const textExcuse =
  'as many rows; their text differs, as it does when the dump was made with another time zone or output setting';
const definitionExcuse =
  'a file without a manifest is held against its own rows, not against its definitions';
const notCopied = 'the file does not load this table by COPY, so there is nothing to hold it against';

function judged(difference: Difference, loaded: ReadonlySet<string>): Difference {
  if (difference.kind === 'content') return { ...difference, excuse: textExcuse };
  if (difference.kind === 'entry') return { ...difference, excuse: definitionExcuse };
  if (difference.kind === 'rows' && difference.change === 'unexpected' && !loaded.has(difference.name)) {
    return { ...difference, excuse: notCopied };
  }
  return difference;
}

/** A copy against the COPY streams of the very file it was loaded from. Fewer rows, or more, are no excuse. */
export function compareForeign(
  expected: Inventory,
  actual: Inventory,
  hasDefinitions: boolean,
): Difference[] {
  const loaded = new Set(expected.tables.map((table) => table.root ?? table.name));
  const empty = new Set(actual.tables.filter((table) => table.rows === 0).map((table) => table.name));
  const known = hasDefinitions
    ? actual
    : { ...actual, entries: [], sequences: [], largeObjects: expected.largeObjects };
  return compareInventories(expected, known, { sameMajor: false, withoutOwners: true })
    .filter((difference) => !(difference.change === 'unexpected' && empty.has(difference.name)))
    .map((difference) => judged(difference, loaded));
}

const heldAgainstItself =
  'The file has no manifest of ours: no inventory of its source existed. The copy was held against the rows of the file’s own COPY streams.';
const leftOut =
  'Owners and privileges that the file names were left out: everything belongs to the owner of the database.';

export function foreignNotes(trusted: boolean): string[] {
  return trusted ? [heldAgainstItself] : [heldAgainstItself, leftOut];
}
