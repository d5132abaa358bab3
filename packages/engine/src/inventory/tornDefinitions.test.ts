import { describe, expect, it } from 'vitest';
import type { Toc, TocEntry } from './toc.ts';
import { requireWholeDefinitions } from './tornDefinitions.ts';

function tocOf(...entries: readonly Pick<TocEntry, 'type' | 'tag' | 'definition'>[]): Toc {
  const rest = { dumpId: 1, hasData: false, namespace: 'public', owner: null, copyStatement: null };
  return {
    archiveVersion: '1.14',
    dbname: 'sage',
    serverVersion: '15.1',
    dumpVersion: '15.1',
    encoding: 'utf8',
    entries: entries.map((entry) => ({ ...rest, ...entry, dependencies: [] })),
  };
}
const index = (tag: string, definition: string) => ({ type: 'INDEX', tag, definition });
const refusal = expect.objectContaining({ code: 'OBJECT_BUSY', retryable: true });

it.each([
  ['notes_body', 'notes_body', 'notes_body_ccold'],
  ['Notes "body" ON it', '"Notes ""body"" ON it"', '"Notes ""body"" ON it_ccold"'],
  ['order', '"order"', 'order_ccold'],
  ['größe', '"größe"', '"größe_ccold"'],
])('the index %j is defined by its own name, and no other', (tag, own, other) => {
  for (const kind of ['INDEX', 'UNIQUE INDEX']) {
    const written = (name: string) =>
      index(tag, `CREATE ${kind} ${name} ON public.notes USING btree (body);\n`);
    expect(() => requireWholeDefinitions(tocOf(written(own)))).not.toThrow();
    expect(() => requireWholeDefinitions(tocOf(written(other)))).toThrow(refusal);
  }
});

describe('an archive', () => {
  it('is refused for one of its indexes, that of a partition root too', () => {
    const root = index('b', 'CREATE INDEX b_ccold ON ONLY public."t ON x" USING btree (x);\n');
    const right = index('a', 'CREATE INDEX a ON public.t USING btree (x);\n');
    expect(() => requireWholeDefinitions(tocOf(right, root, right))).toThrow(refusal);
  });

  it.each([';\n', '', null])(
    'is refused for an index that was dropped before it was told its text (%j)',
    (definition) => {
      expect(() => requireWholeDefinitions(tocOf({ type: 'INDEX', tag: 'a', definition }))).toThrow(refusal);
    },
  );

  it.each([
    { type: 'STATISTICS', tag: 's', definition: ';\n' },
    {
      type: 'FUNCTION',
      tag: 'f(integer)',
      definition: 'CREATE FUNCTION public.f() RETURNS \n    LANGUAGE sql\n',
    },
  ])('is refused for what else was dropped before it was told its text: $type', (entry) => {
    expect(() => requireWholeDefinitions(tocOf(entry))).toThrow(refusal);
  });

  it('is not refused for what else speaks of an index', () => {
    const comment = "COMMENT ON INDEX public.a IS 'CREATE INDEX b ON c';\n";
    const constraint = 'ALTER TABLE ONLY public.t ADD CONSTRAINT a UNIQUE (x);\n';
    const toc = tocOf(
      { type: 'COMMENT', tag: 'INDEX a', definition: comment },
      { type: 'CONSTRAINT', tag: 't a', definition: constraint },
      {
        type: 'FUNCTION',
        tag: 'f()',
        definition: 'CREATE FUNCTION public.f() RETURNS integer\n    LANGUAGE sql\n',
      },
    );
    expect(() => requireWholeDefinitions(toc)).not.toThrow();
  });
});
