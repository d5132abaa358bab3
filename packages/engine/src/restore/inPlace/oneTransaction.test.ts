import { expect, it } from 'vitest';
import { inOneTransaction } from './oneTransaction.ts';

const header = '--\n-- Data for Name: BLOBS; Type: BLOBS; Schema: -; Owner: -\n--\n\n';
const object = `SELECT pg_catalog.lo_open('16400', 131072);\nSELECT pg_catalog.lowrite(0, '\\x42');\nSELECT pg_catalog.lo_close(0);\n\n`;
const block = `${header}BEGIN;\n\n${object}COMMIT;\n\n`;
const bare = `${header}\n${object}\n`;

async function passed(sql: string, size: number): Promise<string> {
  const bytes = Buffer.from(sql);
  const parts: Buffer[] = [];
  async function* source() {
    for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
  }
  for await (const part of inOneTransaction(source())) parts.push(part);
  return Buffer.concat(parts).toString();
}

/** Texts in which the block is no statement, or whose quotes must not hide the one behind them. */
const around = [
  ['rows', `COPY public.t (x) FROM stdin;\n${block}\\.\n\n`],
  ['no rows', 'COPY public.t (x) FROM stdin;\n\\.\n\n'],
  ['rows of a table with a line feed in its name', `COPY public."a\nb" (x) FROM stdin;\n${block}\\.\n`],
  ['a function', `CREATE FUNCTION f() RETURNS void LANGUAGE sql AS $_$\n${block}'"$_$;\n`],
  ['a comment', `COMMENT ON TABLE public.t IS 'it''s -- $$ "\n${block}';\n`],
  ['a name', `CREATE TABLE public."\n${block}""'" (i integer);\n`],
  [
    'a statement that ends like a COPY',
    'CREATE VIEW v AS\n WITH stdin AS (SELECT 1)\n SELECT 1\n   FROM stdin;\n',
  ],
  ['a name with dollars', 'CREATE TABLE public.a$b$c (i integer);\n-- it\'s "one\n'],
  ['a transaction around something else', 'BEGIN;\n\nSELECT 1;\nCOMMIT;\n'],
] as const;

it.each(around)('lines around large objects are taken out, beside %s, which stay', async (_what, text) => {
  const before = `SET standard_conforming_strings = on;\n\n${text}`;
  const sql = `${before}${block}${before}${block}${text}-- done\n`;
  const wanted = `${before}${bare}${before}${bare}${text}-- done\n`;
  for (const size of [1, 2, 3, 7, 64, 1_000_000]) expect(await passed(sql, size)).toBe(wanted);
});
