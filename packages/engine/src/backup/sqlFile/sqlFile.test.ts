import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { setImmediate } from 'node:timers/promises';
import { constants, zstdCompressSync } from 'node:zlib';
import { afterAll, describe, expect, it } from 'vitest';
import { createInventoryReader, type TocEntry } from '../../inventory/index.ts';
import { archiveHead, dataBlock, largeObjectsBlock, utf8 } from '../../inventory/testing/archive.ts';
import { decompressFrames } from '../../zstd/index.ts';
import { copiesOf, createFrameIndex, noCopies, segmentsOf, sqlFileOf } from './index.ts';

const folder = mkdtempSync(join(tmpdir(), 'sagekeep-sql-'));
afterAll(() => rmSync(folder, { recursive: true }));

const names = ['a', 'b', 'c', 'd'] as const;
const dumpIdOf = (name: string) => 100 + names.indexOf(name as 'a');
const copyOf = (name: string) => `COPY public.${name} (x, y) FROM stdin;\n`;

const rowsOf = (name: string, count: number) =>
  Array.from({ length: count }, (_, i) => `${name}${i}\t${i % 3 === 0 ? '\\N' : (i * 7919) % 101}\n`).join(
    '',
  );
const entries: Partial<TocEntry>[] = names.map((tag) => ({
  ...{ dumpId: dumpIdOf(tag), hasData: true, type: 'TABLE DATA', tag, namespace: 'public', owner: 'o' },
  copyStatement: copyOf(tag),
}));
const largeObjects: Partial<TocEntry> = { dumpId: 200, hasData: true, type: 'BLOBS', tag: 'BLOBS' };

type Compress = (text: string, name: string) => Buffer;
const plainFrame: Compress = (text) => zstdCompressSync(text);

/** A database whose tables have so many rows: what pg_restore writes of it, and its archive. */
function exampleOf(rows: Record<(typeof names)[number], number>) {
  const blocks = new Map(names.map((name) => [name, `${rowsOf(name, rows[name])}\\.\n\n\n`]));
  const blockText = (name: (typeof names)[number]) => blocks.get(name) ?? '';
  const headOf = (name: string) =>
    `--\n-- Data for Name: ${name}; Type: TABLE DATA; Schema: public; Owner: o\n--\n\n${copyOf(name)}`;
  const sql = Buffer.from(
    `SET x;\n\n${names.map((name) => headOf(name) + blockText(name)).join('')}` +
      '--\n-- Data for Name: BLOBS; Type: BLOBS; Schema: -; Owner: -\n--\n\nBEGIN;\n\nCOMMIT;\n\n' +
      '--\n-- PostgreSQL database dump complete\n--\n\n',
  );
  /** The archive in which each table's data are what `compress` makes of them. */
  const archiveOf = (compress: Compress) =>
    Buffer.concat([
      archiveHead({ minor: 16, entries: [utf8, ...entries, largeObjects] }),
      ...names.map((name) => dataBlock(dumpIdOf(name), compress(blockText(name), name), 1_000)),
      largeObjectsBlock(200, zstdCompressSync('large')),
    ]);
  return { rows, sql, archiveOf, blockText };
}

/** Its tables are of several blocks of zstd each. */
const large = exampleOf({ a: 20_000, b: 30_000, c: 3, d: 0 });
/** Read byte by byte, the large one would take seconds. */
const small = exampleOf({ a: 500, b: 700, c: 3, d: 0 });
const { sql, archiveOf } = large;

function* inPieces(bytes: Buffer, size: number): Generator<Buffer> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

/** Each piece comes when everything that the one before it set going has been done. */
async function* slowly(pieces: Iterable<Buffer>): AsyncGenerator<Buffer> {
  for (const piece of pieces) {
    for (let turn = 0; turn < 20; turn += 1) await setImmediate();
    yield piece;
  }
}

/** Reads the archive in pieces of that size, as it is dumped, and puts it down; then the SQL. */
async function make(
  archive: Buffer,
  { pieces = 60_000, worthBytes = 1_000, sqlText = sql, slow = false } = {},
) {
  const path = join(folder, 'archive');
  writeFileSync(path, archive);
  const reader = createInventoryReader();
  const frames = createFrameIndex(worthBytes);
  for (const piece of inPieces(archive, pieces)) {
    reader.archive(piece);
    frames.write(piece, reader.data());
  }
  const copied = names.filter((name) => frames.find(dumpIdOf(name)) !== undefined);
  const copies = copiesOf(frames, { path, intBytes: reader.data()?.intBytes ?? 0 });
  const parts: Buffer[] = [];
  const source = slow ? slowly(inPieces(sqlText, pieces)) : Readable.from(inPieces(sqlText, pieces));
  for await (const part of sqlFileOf(segmentsOf(source, reader, copies), copies)) parts.push(part);
  return { file: Buffer.concat(parts), copied, inventory: reader.finish() };
}

async function decode(file: Buffer): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of decompressFrames(Readable.from(inPieces(file, 10_000)))) parts.push(part);
  return Buffer.concat(parts).toString();
}

describe('the file of the SQL', () => {
  it.each([
    [1, small],
    [3, small],
    [17, large],
    [1_000, large],
    [1 << 20, large],
  ])('is what pg_restore wrote, rows copied, in pieces of %i', async (pieces, example) => {
    const { sql: sqlText, blockText, rows } = example;
    const { file, copied, inventory } = await make(example.archiveOf(plainFrame), { pieces, sqlText });
    expect(copied).toEqual(['a', 'b']);
    expect(await decode(file)).toBe(sqlText.toString());
    expect(inventory.tables.map((table) => table.rows)).toEqual(Object.values(rows));
    expect(file.includes(zstdCompressSync(blockText('b')).subarray(20))).toBe(true);
  });

  it('carries a checksum over every row: what is not what pg_restore wrote is found', async () => {
    const other = archiveOf((text, name) =>
      zstdCompressSync(name === 'b' ? text.replace('b7\t', 'b8\t') : text),
    );
    await expect(decode((await make(other)).file)).rejects.toThrow();
  });

  it('also where a table of any size is copied, the empty one too', async () => {
    const { file, copied } = await make(archiveOf(plainFrame), { worthBytes: 1 });
    expect(copied).toEqual([...names]);
    expect(await decode(file)).toBe(sql.toString());
  });

  it.each<[string, Compress]>([
    ['is not compressed', (text) => Buffer.from(text)],
    [
      'has a checksum already',
      (text) => zstdCompressSync(text, { params: { [constants.ZSTD_c_checksumFlag]: 1 } }),
    ],
    [
      'is two frames',
      (text) => Buffer.concat([zstdCompressSync(text.slice(0, 9)), zstdCompressSync(text.slice(9))]),
    ],
    ['is followed by something', (text) => Buffer.concat([zstdCompressSync(text), Buffer.from('x')])],
    ['is cut off', (text) => zstdCompressSync(text).subarray(0, -1)],
  ])('compresses the rows anew where what the archive has %s', async (_what, compress) => {
    const { file, copied } = await make(archiveOf(compress));
    expect(copied).toEqual([]);
    expect(await decode(file)).toBe(sql.toString());
  });

  it('is the same without an archive', async () => {
    const reader = createInventoryReader();
    reader.archive(archiveOf(plainFrame));
    const parts: Buffer[] = [];
    const segments = segmentsOf(Readable.from(inPieces(sql, 5_000)), reader, noCopies);
    for await (const part of sqlFileOf(segments, noCopies)) parts.push(part);
    expect(await decode(Buffer.concat(parts))).toBe(sql.toString());
  });

  it('is refused when a table ends otherwise than it does in every version that is known', async () => {
    const sqlText = Buffer.from(sql.toString().replaceAll('\\.\n\n\n', '\\.\n;\n'));
    for (const slow of [false, true])
      await expect(make(archiveOf(plainFrame), { sqlText, slow })).rejects.toMatchObject({
        code: 'TOOL_FAILED',
      });
  });

  it('fails when pg_restore ends within rows that are copied', async () => {
    const sqlText = sql.subarray(0, sql.indexOf('b12000\t'));
    await expect(make(archiveOf(plainFrame), { sqlText })).rejects.toThrow(/ended before their end/);
  });
});
