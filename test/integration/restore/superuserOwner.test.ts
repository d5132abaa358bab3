import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { createDatabase, createRole } from '../../support/servers.ts';
import { configOf, contextOf, dropSiblings, restorePayload, siblings, sql, worldOf } from './harness.ts';

const opened: (() => Promise<unknown> | unknown)[] = [];
afterEach(async () => {
  for (const close of opened.splice(0).reverse()) await close();
});

/** A stranger's SQL file, to be restored into a database of a superuser, or of somebody else. */
async function scene(content: string, ordinary = false) {
  const owner = ordinary ? await createRole() : undefined;
  if (owner !== undefined) opened.push(() => owner.drop());
  const database = await createDatabase(owner === undefined ? {} : { owner });
  opened.push(
    () => database.drop(),
    () => dropSiblings(database.dbname),
  );
  const world = worldOf([configOf('sage', database.url)]);
  opened.push(() => world[Symbol.dispose]());
  await writeFile(
    join(world.folder, 'theirs.sql'),
    `${base}${content};\n--\n-- PostgreSQL database dump complete\n--\n\n`,
  );
  const restore = (trustFile = false) =>
    world.engine.restore(restorePayload({ file: 'theirs.sql', trustFile }), contextOf());
  return { database, restore };
}

const base = `--
-- PostgreSQL database dump
--
create table public.t (i int, s text);
create index t_lower on public.t (lower(s)) where i > 0;
create function public.f(i int) returns int immutable language plpgsql as 'begin return i; end';
`;

/** A table with a foreign key that acts so, and with what else its column, or it, has. */
function child(action: string, rest = ''): string {
  return `create table public.parent (i int primary key);
    create table public.child (i int references public.parent ${action} ${rest})`;
}

const dangerous = [
  [
    'security definer',
    `create function public.g() returns int security definer language sql as 'select 1'`,
    /function .*g\(\)/,
  ],
  ['an index on a function', 'create index t_f on public.t (public.f(i))', /index public\.t_f/],
  [
    'an index on an operator',
    `create function public.g(int, int) returns int immutable language sql as 'select 1';
     create operator public.### (function = public.g, leftarg = int, rightarg = int);
     create index t_o on public.t ((i operator(public.###) 1))`,
    /index public\.t_o/,
  ],
  [
    'a checked domain in an index',
    `create domain public.d as int check (public.f(value) > 0);
     create index t_d on public.t ((i::public.d))`,
    /index public\.t_d/,
  ],
  ['statistics', 'create statistics public.st on (public.f(i)), s from public.t', /statistics st/],
  [
    'a materialised view of a view',
    `create view public.v as select public.f(i) from public.t;
     create materialized view public.m as select * from public.v`,
    /materialised view public\.m/,
  ],
  ['a rule', 'create rule r as on insert to public.t do also select 1', /rule r on public\.t/],
  [
    'a trigger of a table that is deleted from by a foreign key',
    `${child('on delete cascade')};
     create function public.g() returns trigger language plpgsql as 'begin return old; end';
     create trigger g before delete on public.child for each row execute function public.g()`,
    /foreign key child_i_fkey on public\.child/,
  ],
  [
    'a check of a table that is updated by a foreign key',
    `${child('on update cascade', 'check (public.f(i) > 0)')}`,
    /foreign key child_i_fkey on public\.child/,
  ],
  [
    'a default that a foreign key sets',
    `${child('on delete set default', 'default public.f(1)')}`,
    /foreign key child_i_fkey on public\.child/,
  ],
  [
    'a checked domain of a table that is updated by a foreign key',
    `create domain public.d as text check (public.f(length(value)) > 0);
     ${child('on delete set null', ', s public.d')}`,
    /foreign key child_i_fkey on public\.child/,
  ],
  [
    'a cast that a foreign key compares by',
    `create type public.e as enum ('1');
     create function public.g(public.e) returns int immutable language plpgsql as 'begin return 1; end';
     create cast (public.e as int) with function public.g(public.e) as implicit;
     create table public.parent (i int primary key);
     create table public.child (e public.e references public.parent)`,
    /cast from public\.e to integer/,
  ],
  [
    'a range type with a difference of its own',
    `create function public.g(int, int) returns float8 immutable language plpgsql as 'begin return 1; end';
     create type public.r as range (subtype = int, subtype_diff = public.g)`,
    /range type public\.r/,
  ],
] as const;

describe('what would run with the rights of a superuser who owns it', () => {
  it.each(dangerous)('is refused: %s', async (_what, content, named) => {
    const { restore, database } = await scene(content);
    await expect(restore()).rejects.toMatchObject({
      code: 'RESTORE_REFUSED',
      message: expect.stringMatching(named),
      advice: expect.stringContaining('--trust-file'),
    });
    expect(await siblings(database.dbname)).toEqual([]);
    expect(await sql(database.url, `select to_regclass('public.t') as t`)).toEqual([{ t: null }]);
  });

  it('comes back when the file is trusted, or when the owner is no superuser', async () => {
    const content = dangerous[1][1];
    const trusted = await scene(content);
    expect((await trusted.restore(true)).record.state).toBe('swapped');
    const ordinary = await scene(content, true);
    expect((await ordinary.restore()).record.state).toBe('swapped');
  });

  it('is announced when it runs with the rights of others', async () => {
    // A foreign key that only refuses fires nothing.
    const { restore } = await scene(
      `create index t_i on public.t (i); ${child('on delete restrict', 'check (public.f(i) > 0)')}`,
    );
    const { record } = await restore();
    expect(record.state).toBe('swapped');
    expect(record.notes.join('\n')).toMatch(
      /is a superuser, and the file brought code.*public\.f\(integer\)/,
    );
  });
});
