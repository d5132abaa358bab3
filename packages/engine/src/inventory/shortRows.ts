import { createSha256Module, layout } from './sha256Module.ts';

/**
 * SHA-256 of short rows, four at a time. A call into node:crypto costs more than the hash of a short row; from some
 * blocks on it wins, because processors have instructions for SHA-256. Measured on 2 cores of an EPYC: 120 ns against
 * 1,200–2,500 ns for a row of 20 bytes, about equal at twenty times that.
 */

/** Rows up to this many blocks of 64 bytes go side by side. */
const maxBlocks = 8;
/** A row, a byte 0x80 and eight bytes of length must fit. */
export const shortRowBytes = maxBlocks * 64 - 9;

/** Gets the sums of its rows' digests: eight words, most significant first, each as two 32-bit halves. */
export type SumSink = (word: number, high: number, low: number) => void;

const lanes = 4;
const wordsPerBlock = 16;
const sha = createSha256Module();
const memory = new Int32Array(sha.memory.buffer);
const stateWord = layout.state / 4;
const sumWord = layout.sums / 4;
/** Messages wait by their number of blocks until four are there. */
const groupBytes = layout.blockBytes * maxBlocks;
const waiting = new Uint8Array(maxBlocks + 1);
let owner: SumSink | null = null;

function hashGroup(blocks: number): void {
  const base = layout.messages + (blocks - 1) * groupBytes;
  sha.begin(0);
  for (let block = 0; block < blocks; block += 1) sha.compress(base + block * layout.blockBytes);
}

/** Hands the sums so far to whom they belong. The lanes are shared: rows of two owners never meet in one group. */
export function flushShortRows(): void {
  const sink = owner;
  owner = null;
  if (sink === null) return;
  for (let blocks = 1; blocks <= maxBlocks; blocks += 1) {
    const count = waiting[blocks] as number;
    waiting[blocks] = 0;
    if (count === 0) continue;
    hashGroup(blocks);
    for (let word = 0; word < 8; word += 1) {
      for (let lane = 0; lane < count; lane += 1) {
        sink(word, 0, (memory[stateWord + word * lanes + lane] as number) >>> 0);
      }
    }
  }
  for (let word = 0; word < 8; word += 1) {
    for (let half = 0; half < 2; half += 1) {
      const at = sumWord + word * lanes + half * 2;
      sink(word, (memory[at + 1] as number) >>> 0, (memory[at] as number) >>> 0);
    }
  }
  memory.fill(0, sumWord, sumWord + 8 * lanes);
}

/** Adds the SHA-256 of `length` bytes (at most `shortRowBytes`) to the sums of `sink`; it gets them when flushed. */
export function addShortRow(sink: SumSink, view: DataView, start: number, length: number): void {
  if (owner !== sink) {
    flushShortRows();
    owner = sink;
  }
  const blocks = (length + 72) >>> 6;
  const lane = waiting[blocks] as number;
  let at = ((layout.messages + (blocks - 1) * groupBytes) >>> 2) + lane;
  const end = at + (blocks * wordsPerBlock - 1) * lanes;
  const tail = start + (length & ~3);
  for (let from = start; from < tail; from += 4, at += lanes) memory[at] = view.getInt32(from, false);
  const rest = length & 3;
  if (rest === 0) memory[at] = 0x80000000;
  else if (rest === 1) memory[at] = (view.getUint8(tail) << 24) | 0x800000;
  else if (rest === 2) memory[at] = (view.getUint16(tail, false) << 16) | 0x8000;
  else memory[at] = (view.getUint16(tail, false) << 16) | (view.getUint8(tail + 2) << 8) | 0x80;
  for (at += lanes; at < end; at += lanes) memory[at] = 0;
  memory[end] = length << 3;
  if (lane + 1 < lanes) {
    waiting[blocks] = lane + 1;
    return;
  }
  waiting[blocks] = 0;
  hashGroup(blocks);
  sha.collect(0);
}
