import type { InventoryTable } from '@sagekeep/contracts';
import { parseCopyStatement } from '../../inventory/names.ts';
import { createRowScanner, type RowScanner } from '../../inventory/rows.ts';
import { createTrailerWatch, cutOff, openDump, undecodable } from '../decode.ts';
import type { Dump } from '../source.ts';

const newline = 0x0a;
/** pg_dump writes this before every table's data; what looks like COPY without it is text inside a definition. */
const announcement = /^-- (?:Data for )?Name: .*; Type: TABLE DATA; /;
const linesAfterAnnouncement = 4;
const longestDefinitionLine = 1024 * 1024;

/** Reads SQL as pg_dump writes it and counts the rows of its COPY blocks. */
export interface SqlScanner {
  write(chunk: Buffer): void;
  /** Throws nothing: `complete` says whether the last block had its end. */
  finish(): { tables: InventoryTable[]; complete: boolean };
}

interface Block {
  readonly name: string;
  readonly columns: readonly string[];
  readonly rows: RowScanner;
}

function tableOf({ name, columns, rows }: Block): InventoryTable {
  const { nulls, ...counts } = rows.counts();
  return {
    name,
    columns: [...columns],
    ...counts,
    nulls: Object.fromEntries(columns.map((column, at) => [column, nulls[at] ?? 0])),
  };
}

export function createSqlScanner(): SqlScanner {
  const tables: InventoryTable[] = [];
  let block: Block | null = null;
  let line: Buffer = Buffer.alloc(0);
  let announced = 0;

  function endOfLine(text: string): void {
    if (announcement.test(text)) announced = linesAfterAnnouncement;
    else announced -= 1;
    const target = announced > 0 ? parseCopyStatement(`${text}\n`) : null;
    if (target === null) return;
    block = { name: target.table, columns: target.columns, rows: createRowScanner(target.columns.length) };
  }

  /** Definitions, line by line; returns where data begins, or the chunk's end. */
  function definitions(chunk: Buffer, start: number): number {
    let at = start;
    while (at < chunk.length && block === null) {
      const end = chunk.indexOf(newline, at);
      const part = chunk.subarray(at, end === -1 ? chunk.length : end);
      // A line beyond this is somebody's data as INSERT: nothing in it is looked for.
      if (line.length < longestDefinitionLine)
        line = Buffer.concat([line, part.subarray(0, longestDefinitionLine)]);
      if (end === -1) return chunk.length;
      endOfLine(line.toString('utf8'));
      line = Buffer.alloc(0);
      at = end + 1;
    }
    return at;
  }

  function data(chunk: Buffer, start: number, open: Block): number {
    const view = new DataView(chunk.buffer, chunk.byteOffset, chunk.length);
    const end = open.rows.scan(chunk, view, start);
    if (end === -1) return chunk.length;
    tables.push(tableOf(open));
    block = null;
    announced = 0;
    return end;
  }

  return {
    write(chunk) {
      for (let at = 0; at < chunk.length; ) {
        at = block === null ? definitions(chunk, at) : data(chunk, at, block);
      }
    },
    finish: () => ({ tables, complete: block === null }),
  };
}

const pieceBytes = 64 * 1024;

/** Reads an SQL dump to its end. Throws `FILE_DAMAGED` when it does not decode, or its last line is missing. */
export async function scanSql(dump: Dump, signal: AbortSignal): Promise<InventoryTable[]> {
  const scanner = createSqlScanner();
  const watch = createTrailerWatch();
  try {
    for await (const chunk of openDump(dump) as AsyncIterable<Buffer>) {
      signal.throwIfAborted();
      watch.see(chunk);
      for (let at = 0; at < chunk.length; at += pieceBytes)
        scanner.write(chunk.subarray(at, at + pieceBytes));
    }
  } catch (error) {
    signal.throwIfAborted();
    throw undecodable(dump.name, error);
  }
  const { tables, complete } = scanner.finish();
  if (!complete || !watch.complete()) throw cutOff(dump.name);
  return tables;
}
