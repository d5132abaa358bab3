import { expect, it } from 'vitest';
import { readSchema } from './readSchema.ts';

const read = (sql: string) =>
  (readSchema(sql, 'test.sql').grants ?? []).map(
    ({ kind, schema, name, privilege, role }) =>
      `${privilege} ${kind} ${schema === null ? '' : `${schema}.`}${name} ${role}`,
  );

it.each([
  ['grant select on t to app', ['select table public.t app']],
  ['GRANT SELECT ON TABLE s.t TO "App" WITH GRANT OPTION', ['select table s.t App']],
  [
    'grant select, insert on a, b to app, group other granted by owner',
    [
      ...['select table public.a app', 'insert table public.a app'],
      ...['select table public.a other', 'insert table public.a other'],
      ...['select table public.b app', 'insert table public.b app'],
      ...['select table public.b other', 'insert table public.b other'],
    ],
  ],
  [
    'grant all privileges on sequence q to app',
    ['usage sequence public.q app', 'select sequence public.q app', 'update sequence public.q app'],
  ],
  ['grant all on schema s to public', ['create schema s public', 'usage schema s public']],
  ['grant connect, temp on database d to app', ['connect database d app', 'temporary database d app']],
])('reads %s', (sql, grants) => {
  expect(read(sql)).toEqual(grants);
});

it.each([
  'grant reader to app',
  'grant select (a, b) on t to app',
  'grant select on all tables in schema s to app',
  'grant all on function f(int), g(int) to app',
  'grant all on function f, g to app',
  'grant usage on type mood to app',
  'grant select on t to current_user',
  'grant select on t to :app',
  'grant select on t',
  'grant select',
  'grant maintain on t to app',
  'alter default privileges in schema s grant select on tables to app',
  'revoke select on t from app',
])('passes over %s', (sql) => {
  expect(read(sql)).toEqual([]);
});

it('reads of a statement what it knows', () => {
  expect(read('grant select, update (a) on t to app')).toEqual(['select table public.t app']);
});

it('expects no more what is revoked below', () => {
  const granted = 'grant select, delete on t to app, other; revoke delete on t from app cascade;';
  expect(read(granted)).toEqual([
    ...['select table public.t app', 'select table public.t other', 'delete table public.t other'],
  ]);
  expect(read(`${granted} grant delete on t to app`)).toContain('delete table public.t app');
  expect(read('grant select on t to app; revoke grant option for select on t from app')).toHaveLength(1);
});
