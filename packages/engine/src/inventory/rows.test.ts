import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addDigests } from './rowDigest.ts';
import { createRowScanner, type RowCounts } from './rows.ts';

/** A field as COPY writes it. */
function copyField(value: string | null): string {
  if (value === null) return '\\N';
  const escapes: Record<string, string> = { '\\': '\\\\', '\t': '\\t', '\n': '\\n', '\r': '\\r' };
  return value.replace(/[\\\t\n\r]/g, (character) => escapes[character] ?? '');
}

/** Reads text in pieces of the given sizes, taken in turn; tells how much was read up to the end of the block. */
function scan(text: Buffer, columns: number, sizes: readonly number[]): { counts: RowCounts; end: number } {
  const scanner = createRowScanner(columns);
  let offset = 0;
  for (let turn = 0; offset < text.length; turn += 1) {
    const size = sizes[turn % sizes.length] ?? 1;
    const chunk = text.subarray(offset, offset + size);
    const behind = scanner.scan(chunk, new DataView(chunk.buffer, chunk.byteOffset, chunk.length), 0);
    if (behind >= 0) return { counts: scanner.counts(), end: offset + behind };
    offset += chunk.length;
  }
  return { counts: scanner.counts(), end: -1 };
}

function expectedCounts(rows: readonly (readonly (string | null)[])[], columns: number): RowCounts {
  const lines = rows.map((row) => Buffer.from(row.map(copyField).join('\t')));
  return {
    rows: rows.length,
    bytes: lines.reduce((sum, line) => sum + line.length + 1, 0),
    digest: lines
      .map((line) => createHash('sha256').update(line).digest('hex'))
      .reduce((sum, digest) => addDigests(sum, digest), '0'.repeat(64)),
    nulls: Array.from({ length: columns }, (_, i) => rows.filter((row) => row[i] === null).length),
  };
}

const nasty = fc.oneof(
  fc.constantFrom(
    '\\N',
    '\\.',
    'N',
    '\\',
    '.',
    '',
    '\t',
    'a\nb',
    '\\\\N',
    '😀',
    'x'.repeat(300),
    'é'.repeat(90),
  ),
  fc.string({ unit: 'grapheme', maxLength: 40 }),
);
const table = fc.integer({ min: 1, max: 5 }).chain((columns) =>
  fc.record({
    columns: fc.constant(columns),
    rows: fc.array(fc.array(fc.option(nasty, { nil: null }), { minLength: columns, maxLength: columns }), {
      maxLength: 30,
    }),
    sizes: fc.array(fc.integer({ min: 1, max: 400 }), { minLength: 1, maxLength: 6 }),
  }),
);

describe('reading COPY text', () => {
  it('finds rows, NULLs, digest and end in any pieces', () => {
    fc.assert(
      fc.property(table, ({ columns, rows, sizes }) => {
        const block = `${rows.map((row) => `${row.map(copyField).join('\t')}\n`).join('')}\\.\n`;
        const text = Buffer.from(`${block}-- what follows\n1\t2\n`);
        const { counts, end } = scan(text, columns, sizes);
        expect(counts).toEqual(expectedCounts(rows, columns));
        expect(end).toBe(Buffer.byteLength(block));
      }),
      { numRuns: 300 },
    );
  });

  it('reads rows longer than it keeps in memory, with NULLs in their middle, as a stream', () => {
    const rows = [
      ['a'.repeat(3 << 20), null, 'b'.repeat(2 << 20), null],
      [null, '\\N', null, 'c'.repeat(2 << 20)],
      ['d'.repeat(1_500_000), '', 'N', null],
    ];
    const text = Buffer.from(`${rows.map((row) => row.map(copyField).join('\t')).join('\n')}\n\\.\n`);
    for (const size of [65_536, 1_000_001]) {
      const { counts, end } = scan(text, 4, [size]);
      expect(counts).toEqual(expectedCounts(rows, 4));
      expect(end).toBe(text.length);
    }
  });

  it('cuts exactly through NULLs and the end of the block', () => {
    const rows = [
      [null, 'x'.repeat(2_000_000), null],
      [null, null, null],
    ];
    const text = Buffer.from(`${rows.map((row) => row.map(copyField).join('\t')).join('\n')}\n\\.\n`);
    for (const cut of [
      1,
      2,
      3,
      2_000_003,
      2_000_004,
      2_000_005,
      text.length - 3,
      text.length - 2,
      text.length - 1,
    ]) {
      const { counts, end } = scan(text, 3, [cut, text.length]);
      expect(counts, `cut at ${cut}`).toEqual(expectedCounts(rows, 3));
      expect(end).toBe(text.length);
    }
  });

  it('counts the empty lines of a table without columns', () => {
    const { counts, end } = scan(Buffer.from('\n\n\\.\n'), 0, [64]);
    expect(counts).toMatchObject({ rows: 2, bytes: 2, nulls: [] });
    expect(end).toBe(5);
  });
});
