import { expect, it } from 'vitest';
import type { LiveConstraint } from './live.ts';
import { missingConstraints } from './missingConstraints.ts';
import { readSchema } from './readSchema.ts';

const live = (name: string, kind: LiveConstraint['kind'], columns: string[]): LiveConstraint => ({
  schema: 'public',
  table: 't',
  name,
  kind,
  columns,
});
const key = live('t_pkey', 'primary key', ['id']);
const [toA, toB] = [live('t_a_fkey', 'foreign key', ['a']), live('t_b_fkey', 'foreign key', ['b'])];
const missing = (sql: string, ...there: LiveConstraint[]) =>
  missingConstraints(readSchema(sql, 'test.sql').constraints, there);

const both = 'create table t (id int primary key, a int references x, b int, foreign key (b) references x)';

it('passes when each has one of its own, whatever it is called', () => {
  expect(missing(both, key, toA, toB)).toEqual([]);
  expect(missing(both, key, { ...toA, name: 'other' }, toB)).toEqual([]);
});

it('names one of two that is gone', () => {
  expect(missing(both, key, toB)).toEqual(['foreign key (a) of public.t is missing']);
});

it('does not let one stand for two over the same columns', () => {
  const sql = 'create table t (a int references x references y, b int check (b > 0) check (b < 9))';
  const check = live('t_b_check', 'check', ['b']);
  expect(missing(sql, toA, check)).toEqual([
    'foreign key (a) of public.t is missing',
    'check of public.t is missing',
  ]);
  expect(missing(sql, toA, { ...toA, name: 'second' }, check, { ...check, name: 'more' })).toEqual([]);
});

it('lets a key stand for what PostgreSQL makes one of', () => {
  expect(missing('create table t (id int primary key unique, unique (id))', key)).toEqual([]);
});

it('does not take the order of columns for a difference', () => {
  const sql = 'create table t (a int, b int, unique nulls not distinct (b, a))';
  expect(missing(sql, live('u', 'unique', ['a', 'b']))).toEqual([]);
  expect(missing(sql, live('u', 'unique', ['a']))).toEqual(['unique (b, a) of public.t is missing']);
});

it('tells what one of that name is instead', () => {
  const sql = 'create table t (a int); alter table t add constraint c unique (a)';
  expect(missing(sql, live('c', 'unique', ['b']))).toEqual(['c of public.t is unique (b), not unique (a)']);
  expect(missing(sql, live('c', 'check', ['a']))).toEqual(['c of public.t is check, not unique (a)']);
  expect(missing(sql, live('d', 'unique', ['a']))).toEqual(['c of public.t is missing']);
});
