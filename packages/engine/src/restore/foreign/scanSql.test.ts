import { describe, expect, it } from 'vitest';
import { createSqlScanner } from './scanSql.ts';

const announce = (name: string) =>
  `--\n-- Data for Name: ${name}; Type: TABLE DATA; Schema: public; Owner: -\n--\n\n`;
const copy = (table: string, columns: string, rows: string[]) =>
  `COPY ${table} (${columns}) FROM stdin;\n${rows.map((row) => `${row}\n`).join('')}\\.\n\n`;

function scanned(text: string, pieceBytes = 1_000_000) {
  const scanner = createSqlScanner();
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; at += pieceBytes) scanner.write(bytes.subarray(at, at + pieceBytes));
  return scanner.finish();
}

describe('an SQL dump', () => {
  const sql = `CREATE TABLE public.a (i int, t text);\n${announce('a')}${copy('public.a', 'i, t', ['1\tx', '2\t\\N', '3\t記憶'])}${announce('B c')}${copy('public."B c"', 'i', [])}`;

  it.each([1, 5, 1_000_000])('tells its rows, in pieces of %i bytes', (piece) => {
    const { tables, complete } = scanned(sql, piece);
    expect(complete).toBe(true);
    expect(tables).toMatchObject([
      { name: 'public.a', columns: ['i', 't'], rows: 3, nulls: { i: 0, t: 1 } },
      { name: 'public."B c"', columns: ['i'], rows: 0 },
    ]);
    expect(tables).toEqual(scanned(sql).tables);
  });

  it('is not fooled by text inside a function that looks like data', () => {
    const fake = `CREATE FUNCTION f() RETURNS text AS $$\n${copy('public.a', 'i', ['1'])}$$ LANGUAGE sql;\n`;
    expect(scanned(fake + sql).tables.map((table) => table.rows)).toEqual([3, 0]);
  });

  it('that ends within its data is not complete', () => {
    expect(scanned(sql.slice(0, sql.indexOf('2\t'))).complete).toBe(false);
  });
});
