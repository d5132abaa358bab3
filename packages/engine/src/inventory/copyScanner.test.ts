import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { createCopyScanner } from './copyScanner.ts';
import { createTocReader } from './readToc.ts';
import { archiveHead, utf8 } from './testing/archive.ts';
import type { Toc, TocEntry } from './toc.ts';

const data = (tag: string, copyStatement: string): Partial<TocEntry> => ({
  ...{ hasData: true, type: 'TABLE DATA', tag, namespace: 'public', owner: 'o' },
  copyStatement,
});
const a = data('a', 'COPY public.a (x, y) FROM stdin;\n');
const b = data('b', 'COPY public.b (z) FROM stdin;\n');

const header = (tag: string, copy: string) =>
  `--\n-- Data for Name: ${tag}; Type: TABLE DATA; Schema: public; Owner: o\n--\n\n${copy}`;
const blockA = `${header('a', a.copyStatement ?? '')}1\t2\n\\N\t4\n\\.\n\n\n`;
const blockB = `${header('b', b.copyStatement ?? '')}5\n\\.\n\n\n`;
const trailer = '--\n-- PostgreSQL database dump complete\n--\n\n';

function tocOf(entries: readonly Partial<TocEntry>[]): Toc {
  const reader = createTocReader();
  reader.write(archiveHead({ entries: [utf8, ...entries] }));
  const toc = reader.toc();
  if (toc === null) throw new Error('the archive of this test is wrong');
  return toc;
}

function scan(entries: readonly Partial<TocEntry>[], sql: string, size = 1 << 16) {
  const scanner = createCopyScanner(tocOf(entries));
  const bytes = Buffer.from(sql);
  for (let at = 0; at < bytes.length; at += size) scanner.write(bytes.subarray(at, at + size));
  return scanner.finish();
}

describe('reading derived SQL', () => {
  it.each([1, 2, 7, 64, 1 << 16])('finds every block in pieces of %i', (size) => {
    const { tables } = scan([a, b], `SET x;\n\n${blockA}${blockB}${trailer}`, size);
    expect(tables).toMatchObject([
      { name: 'public.a', columns: ['x', 'y'], rows: 2, bytes: 9, nulls: { x: 1, y: 0 } },
      { name: 'public.b', columns: ['z'], rows: 1, bytes: 2, nulls: { z: 0 } },
    ]);
  });

  it.each([1, 5, 1 << 16])(
    'is not fooled by a function that contains a whole block, pieces of %i',
    (size) => {
      const body = `CREATE FUNCTION f() AS '\n${blockA}\n${blockA}${blockB}';\n`;
      const fake: Partial<TocEntry> = { type: 'FUNCTION', tag: 'f()', namespace: 'public', definition: body };
      const { tables } = scan(
        [fake, a, b],
        `-- Name: f()\n--\n\n${body}\n\n${blockA}${blockB}${trailer}`,
        size,
      );
      expect(tables.map(({ name, rows }) => [name, rows])).toEqual([
        ['public.a', 2],
        ['public.b', 1],
      ]);
    },
  );

  it('is not fooled by the same in a comment on the database, which pg_restore leaves out', () => {
    const comment: Partial<TocEntry> = {
      type: 'COMMENT',
      tag: 'DATABASE db',
      definition: `COMMENT '${blockA}';`,
    };
    expect(scan([comment, a], blockA + trailer).tables[0]?.rows).toBe(2);
  });

  it('counts the rows of a partition under its own name, and says that they are loaded through the root', () => {
    const copy = 'COPY public.root (m) FROM stdin;\n';
    const leaf = { ...data('leaf', copy), definition: '-- load via partition root public.root' };
    const sql = header('leaf', `-- load via partition root public.root\n\n${copy}`);
    expect(scan([leaf], `${sql}x\n\\.\n${trailer}`).tables).toMatchObject([
      { name: 'public.leaf', root: 'public.root', rows: 1 },
    ]);
  });

  it.each([1, 9, 1 << 16])('reads large objects by their content, pieces of %i', (size) => {
    const blobs: Partial<TocEntry> = { hasData: true, type: 'BLOBS', tag: 'BLOBS' };
    const sql = (parts: string[]) =>
      `--\n-- Data for Name: BLOBS; Type: BLOBS; Schema: -; Owner: -\n--\n\nBEGIN;\n\n` +
      `SELECT pg_catalog.lo_open('42', 131072);\n` +
      parts
        .map((part) => `SELECT pg_catalog.lowrite(0, '\\x${Buffer.from(part).toString('hex')}');\n`)
        .join('') +
      `SELECT pg_catalog.lo_close(0);\n\nCOMMIT;\n\n${trailer}`;
    const { largeObjects } = scan([blobs], sql(['hel', 'lo']), size);
    const digest = createHash('sha256').update('42:hello').digest('hex');
    expect(largeObjects).toEqual({ count: 1, bytes: 5, digest });
    expect(scan([blobs], sql([]), size).largeObjects).toMatchObject({ count: 1, bytes: 0 });
  });
});

describe('incomplete SQL is never an inventory', () => {
  it.each([
    ['a table is missing', blockA + trailer, 'data of public.b are missing'],
    ['a block has no end', blockA + blockB.replace('\\.\n', ''), 'data of public.b have no end'],
    ['the order is another', blockB + blockA + trailer, 'data of public.b are missing'],
    ['the last line is missing', blockA + blockB, 'last line is missing'],
    ['there is nothing', '', 'data of public.a are missing'],
  ])('%s', (_, sql, message) => {
    expect(() => scan([a, b], sql)).toThrow(message);
  });

  it('data of a kind that nobody knows are refused', () => {
    expect(() => scan([{ ...a, type: 'NEW DATA' }], blockA + trailer)).toThrow('not known');
  });
});
