import { describe, expect, it } from 'vitest';
import { guardSql, knowsRestrict } from './guardSql.ts';

async function guarded(text: string, pieceBytes = 1_000_000): Promise<string> {
  async function* source() {
    const bytes = Buffer.from(text);
    for (let at = 0; at < bytes.length; at += pieceBytes) yield bytes.subarray(at, at + pieceBytes);
  }
  const parts: Buffer[] = [];
  for await (const part of guardSql(source(), 'OURS')) parts.push(part);
  return Buffer.concat(parts).toString();
}

const head = '-- PostgreSQL database dump\n\n\\restrict THEIRS\n\nSET statement_timeout = 0;\n';
const extension = `CREATE EXTENSION IF NOT EXISTS vector WITH SCHEMA public;\nCOMMENT ON EXTENSION vector IS 'it''s data';\n`;
const body = `CREATE TABLE t (x text);\nCOMMENT ON EXTENSION vector IS 'in a body';\n\\restrict THEIRS\n記憶\n`;
const tail = '-- PostgreSQL database dump complete\n--\n\n\\unrestrict THEIRS\n\n';

describe('a stranger’s SQL', () => {
  it.each([1, 7, 64, 1_000_000])(
    'gets our key first and loses its own pair, in pieces of %i bytes',
    async (piece) => {
      expect(await guarded(head + extension + body + tail, piece)).toBe(
        `\\restrict OURS\n${head.replace('\\restrict THEIRS\n', '')}${extension.split('\n')[0]}\n${body}${tail.replace('\\unrestrict THEIRS\n\n', '')}`,
      );
    },
  );

  it('is not changed anywhere else: what is left of it, psql refuses', async () => {
    const text = `${body}\\unrestrict OURS\n${'x'.repeat(20_000)}\n`;
    expect(await guarded(text, 100)).toBe(`\\restrict OURS\n${text}`);
  });

  it('that has no definition at all is still guarded', async () => {
    expect(await guarded('SET a = 1;\n\\restrict THEIRS\n')).toBe('\\restrict OURS\nSET a = 1;\n');
  });
});

it.each([
  [15, 150_013, false],
  [15, 150_014, true],
  [16, 160_009, false],
  [17, 170_006, true],
  [18, 180_000, true],
  [12, 120_022, false],
])('psql %i at %i knows the restriction: %s', (major, versionNum, known) => {
  expect(knowsRestrict({ major, versionNum })).toBe(known);
});
