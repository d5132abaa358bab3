import { describe, expect, it } from 'vitest';
import { createOwnerFilter } from './leaveOwners.ts';

async function filtered(text: string, pieceBytes: number) {
  const filter = createOwnerFilter('K');
  async function* source() {
    const bytes = Buffer.from(text);
    for (let at = 0; at < bytes.length; at += pieceBytes) yield bytes.subarray(at, at + pieceBytes);
  }
  const parts: Buffer[] = [];
  for await (const part of filter.pass(source())) parts.push(part);
  return { text: Buffer.concat(parts).toString(), filter };
}

const gone = [
  'ALTER TABLE public.memories OWNER TO sage;',
  'ALTER TABLE public."odd ; name" OWNER TO "Sage ""1""";',
  'ALTER FUNCTION public.touch(a integer, "T" text) OWNER TO sage;',
  'ALTER OPERATOR public.<=> (integer, integer) OWNER TO sage;',
  'ALTER OPERATOR CLASS public.abs_ops USING btree OWNER TO sage;',
  'ALTER LARGE OBJECT 16400 OWNER TO sage;',
  'ALTER SCHEMA "記憶" OWNER TO sage;',
  'GRANT SELECT(a),UPDATE(b) ON TABLE public.t TO reader WITH GRANT OPTION;',
  'REVOKE ALL ON SCHEMA public FROM PUBLIC;',
  'ALTER DEFAULT PRIVILEGES FOR ROLE sage IN SCHEMA public GRANT SELECT ON TABLES TO reader;',
];
const stays = [
  'ALTER TABLE t ADD COLUMN x int; ALTER TABLE t OWNER TO sage;',
  'ALTER TABLE t OWNER TO sage; DROP TABLE u;',
  'ALTER TABLE t DROP COLUMN x, OWNER TO sage;',
  'ALTER TABLE t -- OWNER TO sage;',
  'ALTER TABLE ONLY public.t',
  ' ALTER TABLE t OWNER TO sage;',
  "GRANT SELECT ON t TO reader; SELECT ';';",
];

describe('owners and privileges of a stranger’s SQL', () => {
  it.each(gone)('are left out: %s', async (line) => {
    const { text, filter } = await filtered(`SET a = 1;\n${line}\n\nSELECT 1;\n`, 1000);
    expect(text).toBe("SET a = 1;\nSELECT 'K 1';\n\nSELECT 1;\n");
    expect(filter.count()).toBe(1);
  });

  it.each(stays)('are not made out of anything else: %s', async (line) => {
    expect((await filtered(`${line}\n`, 1000)).text).toBe(`${line}\n`);
  });

  const data = 'GRANT me TO you;\nALTER TABLE t OWNER TO sage;\n';
  const block = `COPY public.t (x) FROM stdin;\n${data}\\.\n`;
  const empty = 'COPY public.e (x) FROM stdin;\n\\.\n';
  it.each([1, 2, 3, 7, 50, 100_000])(
    'are found in pieces of %i bytes, and not in data',
    async (pieceBytes) => {
      const source = `${gone[0]}\n${block}${empty}${gone[1]}\n${'x'.repeat(300)}\n${gone[2]}`;
      expect((await filtered(source, pieceBytes)).text).toBe(
        `SELECT 'K 1';\n${block}${empty}SELECT 'K 2';\n${'x'.repeat(300)}\nSELECT 'K 3';`,
      );
    },
  );

  it('are not looked for inside a line without end', async () => {
    const line = `INSERT ${'x'.repeat(3_000_000)}`;
    expect((await filtered(`${line}\n${gone[0]}\n`, 500_000)).text).toBe(`${line}\nSELECT 'K 1';\n`);
  });

  it.each([
    ['all of them', 'K 1\nfoo\nK 2\n', true],
    ['one too few', 'K 1\n', false],
    ['one twice', 'K 1\nK 1\n', false],
    ['one too many', 'K 1\nK 2\nK 3\n', false],
    ['another order', 'K 2\nK 1\n', false],
  ])('count only when psql has run %s', async (_what, output, agrees) => {
    const { filter } = await filtered(`${gone[0]}\n${gone[1]}\n`, 1000);
    for (const byte of Buffer.from(output)) filter.hear(Buffer.from([byte]));
    expect(filter.agrees()).toBe(agrees);
  });
});
