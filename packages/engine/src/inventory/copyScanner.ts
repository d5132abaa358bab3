import type { InventoryLargeObjects, InventoryTable } from '@sagekeep/contracts';
import { SagekeepError } from '@sagekeep/contracts';
import { type ExpectedData, expectedData } from './expectedData.ts';
import { createLargeObjectScanner } from './largeObjects.ts';
import { createMarkerSearch } from './markerSearch.ts';
import { createRowScanner, type RowScanner } from './rows.ts';
import type { Toc } from './toc.ts';

/** Reads the SQL that pg_restore derives from an archive, and counts what is in it. */
export interface CopyScanner {
  /** Takes about 1 ms per 64 KiB; feed it chunks of that size. */
  write(chunk: Buffer, heard?: DataBorders): void;
  /**
   * What was read. Throws `TOOL_FAILED` unless every block of data that the archive announced was there exactly once,
   * with its end, and the SQL's last line.
   */
  finish(): { tables: InventoryTable[]; largeObjects: InventoryLargeObjects };
  /** What is being read, for progress. */
  current(): { table: string | null; done: number; of: number };
}

/** Hears where in a chunk the rows of a table begin and end; calls come in the order of the positions. */
export interface DataBorders {
  /** The first row begins at `at`; `dumpId` is that of the table's data in the archive. */
  begin(dumpId: number, at: number): void;
  /** The line `\.` behind the last row ends before `at`. */
  end(at: number): void;
}

const trailer = '-- PostgreSQL database dump complete';

function incomplete(what: string): SagekeepError {
  return new SagekeepError('TOOL_FAILED', `The SQL derived from the archive is incomplete: ${what}.`, {
    retryable: true,
    advice: 'Run the job again; if it stays so, pg_restore and the archive do not fit together.',
  });
}

function tableOf(expected: ExpectedData, rows: RowScanner): InventoryTable {
  const { nulls, ...counts } = rows.counts();
  return {
    name: expected.name,
    columns: [...expected.columns],
    ...counts,
    nulls: Object.fromEntries(expected.columns.map((column, index) => [column, nulls[index] ?? 0])),
    ...(expected.root === undefined ? {} : { root: expected.root }),
  };
}

export function createCopyScanner(toc: Toc): CopyScanner {
  const expected = expectedData(toc);
  const tables: InventoryTable[] = [];
  const largeObjects = createLargeObjectScanner();
  let index = 0;
  let search = createMarkerSearch(expected[0]?.marker ?? Buffer.alloc(0), expected[0]?.decoys ?? 0);
  let rows: RowScanner | null = null;
  let inData = false;
  let tail: Buffer = Buffer.alloc(0);

  function begin(block: ExpectedData): void {
    inData = true;
    rows = block.kind === 'table' ? createRowScanner(block.columns.length) : null;
  }

  function end(block: ExpectedData): void {
    if (rows !== null) tables.push(tableOf(block, rows));
    inData = false;
    rows = null;
    index += 1;
    const next = expected[index];
    if (next !== undefined) search = createMarkerSearch(next.marker, next.decoys);
  }

  function step(block: ExpectedData, chunk: Buffer, view: DataView, position: number): number {
    if (!inData) {
      const found = search.find(chunk, position);
      if (found >= 0) begin(block);
      return found;
    }
    const behind = rows === null ? largeObjects.scan(chunk, position) : rows.scan(chunk, view, position);
    if (behind >= 0) end(block);
    return behind;
  }

  return {
    write(chunk, heard) {
      const view = new DataView(chunk.buffer, chunk.byteOffset, chunk.length);
      let position = 0;
      for (let block = expected[index]; block !== undefined; block = expected[index]) {
        position = step(block, chunk, view, position);
        if (position < 0) return;
        if (block.kind !== 'table') continue;
        if (inData) heard?.begin(block.dumpId, position);
        else heard?.end(position);
      }
      tail = Buffer.concat([tail, chunk.subarray(position)]).subarray(-512);
    },
    finish() {
      const missing = expected[index];
      if (missing !== undefined) {
        throw incomplete(`the data of ${missing.name} ${inData ? 'have no end' : 'are missing'}`);
      }
      if (!tail.includes(trailer)) throw incomplete('its last line is missing');
      return { tables, largeObjects: largeObjects.counts() };
    },
    current: () => ({ table: expected[index]?.name ?? null, done: index, of: expected.length }),
  };
}
