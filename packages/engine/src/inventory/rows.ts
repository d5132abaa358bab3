import { createLongRow, type LongRow } from './longRow.ts';
import { createRowDigest } from './rowDigest.ts';

const newline = 0x0a;
const tab = 0x09;
const backslash = 0x5c;
const letterN = 0x4e;
const dot = 0x2e;

/** What was counted in one block of COPY text. */
export interface RowCounts {
  readonly rows: number;
  /** With line ends. */
  readonly bytes: number;
  readonly digest: string;
  /** One count per column. */
  readonly nulls: readonly number[];
}

/** Reads the rows of one COPY block, in pieces of any size. */
export interface RowScanner {
  /**
   * Reads from `start`. Returns the position behind the block's `\.` line, or −1 when the block goes on in the next
   * chunk. `view` covers the same bytes as `chunk`.
   */
  scan(chunk: Buffer, view: DataView, start: number): number;
  /** Whether the last row is whole, for input that ends without `\.`. */
  atRowBorder(): boolean;
  counts(): RowCounts;
}

/** Up to here a row is searched byte by byte, which is faster than a call of indexOf. */
const nearBytes = 160;
/** A row that arrives in pieces is put together up to this size, and hashed as a stream beyond. */
const joinedBytes = 1 << 20;

export function createRowScanner(columns: number): RowScanner {
  const digest = createRowDigest();
  const nulls: number[] = new Array<number>(columns).fill(0);
  let rows = 0;
  let bytes = 0;
  let parts: Buffer[] = [];
  let partBytes = 0;
  let longRow: LongRow | null = null;

  const countNull = (column: number) => {
    nulls[column] = (nulls[column] ?? 0) + 1;
  };

  /** Short rows: byte by byte. A backslash in a text is doubled, so nothing but NULL is a field of `\\N`. */
  function countNullsNear(chunk: Buffer, start: number, end: number): void {
    let column = 0;
    for (let i = start; i < end; i += 1) {
      const byte = chunk[i];
      if (byte === tab) column += 1;
      else if (byte === backslash) {
        const begins = i === start || chunk[i - 1] === tab;
        const ends = i + 2 === end || chunk[i + 2] === tab;
        if (begins && ends && chunk[i + 1] === letterN) countNull(column);
        i += 1;
      }
    }
  }

  /** Long rows: from tab to tab. */
  function countNulls(chunk: Buffer, start: number, end: number): void {
    if (end - start <= nearBytes) {
      countNullsNear(chunk, start, end);
      return;
    }
    let column = 0;
    for (let field = start; field <= end; column += 1) {
      let fieldEnd = chunk.indexOf(tab, field);
      if (fieldEnd < 0 || fieldEnd > end) fieldEnd = end;
      if (fieldEnd - field === 2 && chunk[field] === backslash && chunk[field + 1] === letterN)
        countNull(column);
      field = fieldEnd + 1;
    }
  }

  function keepOpen(piece: Buffer): void {
    partBytes += piece.length;
    if (longRow !== null) longRow.add(piece);
    else parts.push(piece);
    if (longRow !== null || partBytes <= joinedBytes) return;
    longRow = createLongRow();
    for (const part of parts) longRow.add(part);
    parts = [];
  }

  /** Ends a row that began in an earlier chunk. False when it was the block's end. */
  function endOpen(piece: Buffer): boolean {
    const length = partBytes + piece.length;
    if (longRow !== null) {
      longRow.add(piece);
      digest.addSha256(longRow.end(countNull));
    } else {
      const row = Buffer.concat([...parts, piece]);
      if (row.length === 2 && row[0] === backslash && row[1] === dot) return false;
      digest.addRow(row, new DataView(row.buffer, row.byteOffset, row.length), 0, row.length);
      if (row.includes(backslash)) countNulls(row, 0, row.length);
    }
    rows += 1;
    bytes += length + 1;
    longRow = null;
    parts = [];
    partBytes = 0;
    return true;
  }

  function scan(chunk: Buffer, view: DataView, start: number): number {
    const length = chunk.length;
    let position = start;
    if (partBytes > 0) {
      const end = chunk.indexOf(newline, position);
      if (end < 0) {
        keepOpen(chunk.subarray(position));
        return -1;
      }
      if (!endOpen(chunk.subarray(position, end))) return end + 1;
      position = end + 1;
    }
    let nextNull = -2;
    while (position < length) {
      let end = position;
      let escaped = false;
      const near = position + nearBytes < length ? position + nearBytes : length;
      for (; end < near; end += 1) {
        const byte = chunk[end];
        if (byte === newline) break;
        if (byte === backslash) escaped = true;
      }
      if (end === near) {
        end = chunk.indexOf(newline, near);
        if (end < 0) {
          keepOpen(chunk.subarray(position));
          return -1;
        }
        if (nextNull !== -1 && nextNull < position) nextNull = chunk.indexOf('\\N', position, 'latin1');
        escaped = nextNull >= 0 && nextNull < end;
      }
      if (escaped) {
        if (end - position === 2 && chunk[position] === backslash && chunk[position + 1] === dot)
          return end + 1;
        countNulls(chunk, position, end);
      }
      digest.addRow(chunk, view, position, end);
      rows += 1;
      bytes += end - position + 1;
      position = end + 1;
    }
    return -1;
  }

  return {
    scan,
    atRowBorder: () => partBytes === 0,
    counts: () => ({ rows, bytes, digest: digest.hex(), nulls }),
  };
}
