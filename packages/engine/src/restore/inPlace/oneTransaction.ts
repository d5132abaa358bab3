import { createMarkerSearch, type MarkerSearch } from '../../inventory/markerSearch.ts';
import { type Quote, quoteAfter } from './quotes.ts';

const newline = 0x0a;
const endOfCopy = Buffer.from('\n\\.\n');
const largeObjectsHeader = /^-- Data for Name: .*; Type: BLOBS; Schema: /;

/** What a line is, and so whether it stays. */
type Line = 'kept' | 'taken out' | 'before rows';

/** Reads the lines of pg_dump's SQL, but for rows, and knows the transactions around large objects among them. */
function createLines(): (line: string) => Line {
  let quote: Quote = null;
  let begins = true;
  let copying = false;
  let header = false;
  let inLargeObjects = false;

  function isBorder(line: string): boolean {
    // Their content is one statement a line, in quotes that close on it.
    if (inLargeObjects) return line === 'COMMIT;';
    return quote === null && begins && header && line === 'BEGIN;';
  }

  return (line) => {
    if (isBorder(line)) {
      inLargeObjects = !inLargeObjects;
      header = false;
      return 'taken out';
    }
    if (inLargeObjects) return 'kept';
    const outside = quote === null;
    if (outside && (line === '' || line.startsWith('--'))) {
      if (largeObjectsHeader.test(line)) header = true;
      return 'kept';
    }
    header = false;
    if (outside && begins) copying = line.startsWith('COPY ');
    quote = quoteAfter(line, quote);
    begins = quote === null && line.endsWith(';');
    return begins && copying && line.endsWith(' FROM stdin;') ? 'before rows' : 'kept';
  };
}

/**
 * pg_dump puts a transaction of its own around large objects, whose end would be the end of a restore's only one. The
 * same SQL without these pairs of lines; where such lines are rows or text in quotes, they stay.
 */
export async function* inOneTransaction(source: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const read = createLines();
  let held: Buffer = Buffer.alloc(0);
  let rows: MarkerSearch | null = null;
  for await (const chunk of source) {
    const bytes = held.length === 0 ? chunk : Buffer.concat([held, chunk]);
    let kept = 0;
    let at = 0;
    while (at !== -1) {
      if (rows !== null) {
        at = rows.find(bytes, at);
        if (at !== -1) rows = null;
        continue;
      }
      const end = bytes.indexOf(newline, at);
      if (end === -1) break;
      const line = read(bytes.toString('latin1', at, end));
      if (line === 'taken out') {
        yield bytes.subarray(kept, at);
        kept = end + 1;
      }
      // An empty block of rows ends with the very next line: the line feed before it counts.
      if (line === 'before rows') rows = createMarkerSearch(endOfCopy, 0);
      at = line === 'before rows' ? end : end + 1;
    }
    const border = at === -1 ? bytes.length : at;
    yield bytes.subarray(kept, border);
    held = bytes.subarray(border);
  }
  yield held;
}
