import { expect, it } from 'vitest';
import { readColumn, readReference } from './reference.ts';

it.each([
  [
    'memories.session_id -> sessions.id',
    '"public"."memories"',
    '"session_id"',
    '"public"."sessions"',
    '"id"',
  ],
  ['app.A.b->App."Odd.Table"."c d"', '"app"."a"', '"b"', '"app"."Odd.Table"', '"c d"'],
])('reads %s', (text, childTable, childColumn, parentTable, parentColumn) => {
  expect(readReference(text)).toMatchObject({
    child: { table: childTable, column: childColumn },
    parent: { table: parentTable, column: parentColumn },
  });
});

it.each(['', 'memories.session_id', 'a -> b', 'a.b -> c.d -> e.f', 'a.b.c.d -> e.f'])(
  'refuses %j',
  (text) => {
    expect(readReference(text)).toBeNull();
  },
);

it('reads a column alone', () => {
  expect(readColumn('memories.embedding')).toMatchObject({
    table: '"public"."memories"',
    column: '"embedding"',
  });
  expect(readColumn('app."Odd".v')).toMatchObject({ schemaName: 'app', tableName: 'Odd', columnName: 'v' });
  for (const text of ['', 'embedding', 'a.b.c.d', 'a.b -> c.d']) expect(readColumn(text)).toBeNull();
});

it('quotes what could be SQL', () => {
  expect(readReference('x."a"";drop table y;--" -> z.b')?.child.column).toBe('"a"";drop table y;--"');
});
