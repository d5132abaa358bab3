import { describe, expect, it } from 'vitest';
import { parseCopyStatement, readableName } from './names.ts';

describe('names', () => {
  it.each([
    ['public', 'memories', 'public.memories'],
    ['public', 'Memories', 'public."Memories"'],
    ['a.b', 'c"d', '"a.b"."c""d"'],
  ])('%s and %s read as %s', (namespace, name, readable) => {
    expect(readableName(namespace, name)).toBe(readable);
  });

  it.each([
    ['COPY public.a (id, t) FROM stdin;\n', { table: 'public.a', columns: ['id', 't'] }],
    ['COPY public.zero  FROM stdin;\n', { table: 'public.zero', columns: [] }],
    [
      'COPY "we ird""s\nchema"."t(b, c)" ("c, ""x\ny)", " d", plain) FROM stdin;\n',
      { table: '"we ird""s\nchema"."t(b, c)"', columns: ['c, "x\ny)', ' d', 'plain'] },
    ],
    ['COPY "a.b"."c" ("FROM stdin;") FROM stdin;\n', { table: '"a.b".c', columns: ['FROM stdin;'] }],
  ])('reads %j', (statement, target) => {
    expect(parseCopyStatement(statement)).toEqual(target);
  });

  it.each(['', 'COPY public.a FROM PROGRAM x;\n', 'INSERT INTO a VALUES (1);\n'])(
    'refuses %j',
    (statement) => {
      expect(parseCopyStatement(statement)).toBeNull();
    },
  );
});
