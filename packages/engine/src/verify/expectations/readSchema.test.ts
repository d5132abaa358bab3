import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { readSchema } from './readSchema.ts';

const read = (sql: string) => readSchema(sql, 'test.sql');
const typesOf = (sql: string) => read(sql).tables[0]?.columns.map(({ name, type }) => `${name} ${type}`);

it('reads the schema of the sample database', () => {
  const sage = read(readFileSync('config/sage.sql', 'utf8'));
  expect(sage.extensions).toEqual(['vector']);
  expect(sage.tables.map(({ name, columns }) => [name, columns.length])).toEqual([
    ['memories', 8],
    ['sessions', 6],
  ]);
  expect(sage.tables[0]?.columns.slice(1, 5)).toEqual([
    { name: 'session_id', type: 'character varying(255)', notNull: false },
    { name: 'user_input', type: 'text', notNull: true },
    { name: 'assistant_response', type: 'text', notNull: true },
    { name: 'embedding', type: 'vector(4096)', notNull: false },
  ]);
  expect(sage.indexes.map(({ name, method }) => `${name} ${method}`)).toEqual([
    'idx_memories_session_id btree',
    'idx_memories_created_at btree',
    'idx_sessions_last_active btree',
  ]);
  expect(sage.triggers).toHaveLength(2);
  expect(sage.constraints.map(({ table, kind }) => `${table} ${kind}`)).toEqual([
    'memories primary key',
    'sessions primary key',
  ]);
});

describe('readSchema', () => {
  it('writes types as the server does', () => {
    expect(
      typesOf(`create table t (a int4, b int[], c varchar (10) not null, d timestamptz default now(), e numeric(10, 2),
        f double precision check (f > 0), g timestamp without time zone, h char, i public.vector(3), j text[] default '{}',
        k bigserial, l halfvec(8), m bool, n "My Type")`),
    ).toEqual([
      ...[
        'a integer',
        'b integer[]',
        'c character varying(10)',
        'd timestamp with time zone',
        'e numeric(10,2)',
      ],
      ...['f double precision', 'g timestamp without time zone', 'h character(1)', 'i vector(3)', 'j text[]'],
      ...['k bigint', 'l halfvec(8)', 'm boolean', 'n My Type'],
    ]);
  });

  it('is not led astray by comments, quotes, dollars and strings', () => {
    const sql = `-- create table no1 (a int);
      /* create table /* nested */ no2 (a int); */
      select 'create table no3 (a int); it''s', E'\\'; create table no4 (a int);';
      create function f() returns void language sql as $body$ create table no5 (a int); $body$;
      create table "Odd; ""name""" ("a column" int default ';'::text::int, b text) ;`;
    expect(read(sql).tables.map(({ name, columns }) => [name, columns.map((column) => column.name)])).toEqual(
      [['Odd; "name"', ['a column', 'b']]],
    );
  });

  it('knows constraints however they are written', () => {
    const sql = `create table app.child (id int, parent int constraint to_parent references parent on delete cascade,
        n int check (n in (1, 2)), unique (n, parent), constraint child_pk primary key (id), like other);
      alter table only app.child add constraint late foreign key (n) references x (y);`;
    expect(
      read(sql).constraints.map(({ schema, table, name, kind }) => `${schema}.${table} ${name} ${kind}`),
    ).toEqual([
      'app.child to_parent foreign key',
      'app.child null check',
      'app.child null unique',
      'app.child child_pk primary key',
      'app.child late foreign key',
    ]);
    expect(read(sql).tables[0]?.columns.map(({ name, notNull }) => [name, notNull])).toEqual([
      ['id', true],
      ['parent', false],
      ['n', false],
    ]);
  });

  it.each([
    [
      'create index concurrently if not exists near on app.notes using hnsw (spot vector_cosine_ops) with (m = 8)',
      { schema: 'app', name: 'near', method: 'hnsw', operatorClasses: ['vector_cosine_ops'], keys: ['spot'] },
    ],
    [
      'create unique index u on t (a desc nulls last, "B c" collate "C") include (d) where deleted is null',
      { method: 'btree', operatorClasses: [], keys: ['a', 'B c'], unique: true, partial: true },
    ],
    [
      'create index e on t (lower(a), (b + 1), c text_pattern_ops)',
      { keys: [null, null, 'c'], operatorClasses: ['text_pattern_ops'], unique: false, partial: false },
    ],
  ])('reads %s', (sql, index) => {
    expect(read(sql).indexes).toMatchObject([index]);
  });

  it('passes over what it does not know, and over a file cut off in the middle', () => {
    expect(
      read('grant select on a to b; do $$ begin end $$; create table as_ as select 1; vacuum').tables,
    ).toEqual([]);
    expect(() => read("create table t (a int, b text default 'open")).not.toThrow();
  });
});
