import { createHash, randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { addDigests, createRowDigest, type RowDigest } from './rowDigest.ts';
import { shortRowBytes } from './shortRows.ts';

const zero = '0'.repeat(64);

function add(digest: RowDigest, row: Buffer): void {
  // Shifted, so that rows do not begin at a multiple of four.
  const bytes = Buffer.concat([Buffer.from('abc'), row]);
  digest.addRow(bytes, new DataView(bytes.buffer, bytes.byteOffset, bytes.length), 3, bytes.length);
}

function sumOf(rows: readonly Buffer[]): string {
  return rows
    .map((row) => createHash('sha256').update(row).digest('hex'))
    .reduce((sum, digest) => addDigests(sum, digest), zero);
}

describe('the digest of rows', () => {
  it('equals the sum of node:crypto digests for every length around every border', () => {
    for (let length = 0; length <= shortRowBytes + 130; length += 1) {
      const rows = [randomBytes(length), randomBytes(length), randomBytes(length)];
      const digest = createRowDigest();
      for (const row of rows) add(digest, row);
      expect(digest.hex(), `rows of ${length} bytes`).toBe(sumOf(rows));
    }
  });

  it('equals it for mixed lengths, whatever the order', () => {
    const rows = Array.from({ length: 5000 }, (_, i) => randomBytes((i * 7919) % 700));
    const forward = createRowDigest();
    const backward = createRowDigest();
    for (const row of rows) add(forward, row);
    for (const row of rows.toReversed()) add(backward, row);
    expect(forward.hex()).toBe(sumOf(rows));
    expect(backward.hex()).toBe(forward.hex());
  });

  it('keeps two digests apart that are fed in turn', () => {
    const rows = Array.from({ length: 101 }, () => randomBytes(20));
    const [a, b] = [createRowDigest(), createRowDigest()];
    for (const [index, row] of rows.entries()) add(index % 3 === 0 ? a : b, row);
    expect(a.hex()).toBe(sumOf(rows.filter((_, index) => index % 3 === 0)));
    expect(b.hex()).toBe(sumOf(rows.filter((_, index) => index % 3 !== 0)));
  });

  it('counts a row that is there twice twice, and goes on after it was read', () => {
    const row = Buffer.from('1\tone');
    const digest = createRowDigest();
    add(digest, row);
    const once = digest.hex();
    add(digest, row);
    expect(digest.hex()).toBe(addDigests(once, once));
  });

  it('takes carries: the largest words a million times over', () => {
    const digest = createRowDigest();
    const largest = Buffer.alloc(32, 0xff);
    const times = (1 << 20) + 5;
    for (let i = 0; i < times; i += 1) digest.addSha256(largest);
    const expected = (BigInt(times) * ((1n << 256n) - 1n)) & ((1n << 256n) - 1n);
    expect(digest.hex()).toBe(expected.toString(16).padStart(64, '0'));
  });
});
