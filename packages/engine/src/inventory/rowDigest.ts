import { hash } from 'node:crypto';
import { addShortRow, flushShortRows, type SumSink, shortRowBytes } from './shortRows.ts';

/**
 * An order-free digest: the sum modulo 2^256 of SHA-256 over each row's bytes. Adding rows in any order, or adding
 * the sums of parts, gives the same digest; a row that is there twice counts twice.
 */
export interface RowDigest {
  /** The row at `start`–`end` (exclusive) of a buffer. `view` covers the same bytes as `bytes`. */
  addRow(bytes: Buffer, view: DataView, start: number, end: number): void;
  /** A SHA-256 that was made elsewhere, 32 bytes. */
  addSha256(digest: Buffer): void;
  /** 64 hexadecimal digits. */
  hex(): string;
}

/** Sums of 32-bit words stay exact in a double for this many additions; then carries are taken. */
const additionsBetweenCarries = 1 << 20;
const word = 0x1_0000_0000;

export function createRowDigest(): RowDigest {
  // Most significant word first, as SHA-256 writes it. Each is a plain sum until carries are taken.
  const sums = new Float64Array(8);
  let pending = 0;

  function takeCarries(): void {
    let carry = 0;
    for (let i = 7; i >= 0; i -= 1) {
      const sum = (sums[i] as number) + carry;
      carry = Math.floor(sum / word);
      sums[i] = sum - carry * word;
    }
    pending = 0;
  }

  const addWord: SumSink = (index, high, low) => {
    sums[index] = (sums[index] as number) + low;
    if (index > 0) sums[index - 1] = (sums[index - 1] as number) + high;
    pending += 1;
    if (pending >= additionsBetweenCarries) takeCarries();
  };

  function addSha256(digest: Buffer): void {
    for (let i = 0; i < 8; i += 1) sums[i] = (sums[i] as number) + digest.readUInt32BE(i * 4);
    pending += 1;
    if (pending >= additionsBetweenCarries) takeCarries();
  }

  return {
    addRow(bytes, view, start, end) {
      if (end - start <= shortRowBytes) addShortRow(addWord, view, start, end - start);
      else addSha256(hash('sha256', bytes.subarray(start, end), 'buffer'));
    },
    addSha256,
    hex() {
      flushShortRows();
      takeCarries();
      return Array.from(sums, (sum) => sum.toString(16).padStart(8, '0')).join('');
    },
  };
}

/** The sum of two digests in hexadecimal, modulo 2^256. */
export function addDigests(a: string, b: string): string {
  return ((BigInt(`0x${a}`) + BigInt(`0x${b}`)) & ((1n << 256n) - 1n)).toString(16).padStart(64, '0');
}
