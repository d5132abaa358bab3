import { describe, expect, it } from 'vitest';
import { createTocReader, readToc } from './readToc.ts';
import { archiveHead, utf8 } from './testing/archive.ts';

const entries = [
  utf8,
  {
    dumpId: 7,
    hasData: true,
    type: 'TABLE DATA',
    tag: 't😀',
    namespace: 'public',
    owner: 'sage',
    copyStatement: 'COPY public."t😀" (a) FROM stdin;\n',
    dependencies: [3, 12],
  },
  { dumpId: 8, type: 'FUNCTION', tag: 'f()', definition: 'x'.repeat(300_000) },
];

describe.each([12, 13, 14, 15, 16])('an archive of format 1.%i', (minor) => {
  const archive = Buffer.concat([archiveHead({ minor, entries }), Buffer.from('data that follow')]);

  it.each([7, 65_536, 1 << 21])('is read in pieces of %i', (size) => {
    const reader = createTocReader();
    for (let at = 0; at < archive.length && reader.toc() === null; at += size) {
      reader.write(archive.subarray(at, at + size));
    }
    const toc = reader.toc();
    expect(toc).toMatchObject({ archiveVersion: `1.${minor}`, dbname: 'db', encoding: 'utf8' });
    expect(toc?.entries).toHaveLength(3);
    expect(toc?.entries[1]).toMatchObject(entries[1] ?? {});
    expect(toc?.entries[2]?.definition).toHaveLength(300_000);
  });
});

describe('what is no archive', () => {
  const whole = archiveHead({ entries });
  const pieces = async function* (bytes: Buffer) {
    yield bytes;
  };

  it.each([
    ['plain SQL', Buffer.from('-- PostgreSQL database dump')],
    [
      'a directory archive',
      Buffer.from([...Buffer.from('PGDMP'), 1, 14, 0, 4, 8, 3, ...new Array(99).fill(0)]),
    ],
    ['a later format', Buffer.from([...Buffer.from('PGDMP'), 1, 99, 0, 4, 8, 1])],
    ['one that is cut off', whole.subarray(0, whole.length - 20)],
    ['nothing', Buffer.alloc(0)],
  ])('%s is refused', async (_, bytes) => {
    await expect(readToc(pieces(bytes))).rejects.toMatchObject({ code: 'FILE_DAMAGED' });
  });

  it('an impossible length is refused instead of waited for', async () => {
    const broken = Buffer.from(whole);
    broken.fill(0x7f, 48, 52);
    await expect(readToc(pieces(broken))).rejects.toMatchObject({ code: 'FILE_DAMAGED' });
  });
});
