import { describe, expect, it } from 'vitest';
import { administer, createDatabase } from '../../support/servers.ts';
import { ask, noExpectations } from './harness.ts';

const healthy = `
  create extension citext; create extension ltree;
  create table people (login citext primary key);
  create table posts (id int primary key, author citext references people);
  insert into people values ('Ada'); insert into posts values (1, 'ada');
  create table topics (path ltree primary key);
  create table threads (id int primary key, topic ltree references topics);
  insert into topics values ('a.b'); insert into threads values (1, 'a.b');
  create collation german (provider = icu, locale = 'de');
  create table words (word text collate german primary key);
  create table uses (word text collate "C" references words);
  insert into words values ('ja'); insert into uses values ('ja');
  create table days (day date, part int, primary key (part, day)) partition by list (part);
  create table days_1 partition of days for values in (1);
  create table events (part int, day date, foreign key (part, day) references days);
  insert into days values ('2026-01-01', 1); insert into events values (1, '2026-01-01');
  create table old_posts () inherits (posts);
  insert into old_posts values (2, 'nobody');
`;

describe('foreign keys', () => {
  it('hold for types of extensions, other collations, partitions, and rows of inheritance children', async () => {
    await using database = await createDatabase();
    await administer((client) => client.query(healthy), database.url);
    const { status, value } = (await ask(database.url, { expect: noExpectations })).finding(
      'consistency.foreign-keys',
    );
    expect({ status, value }).toEqual({ status: 'pass', value: '4 foreign keys' });
  });

  it.each([
    ['a citext', 'delete from people', /^posts_author_fkey of public\.posts: 1 orphans$/],
    ['an ltree', 'delete from topics', /^threads_topic_fkey of public\.threads: 1 orphans$/],
    [
      'a row that only an inheritance child holds',
      'create table more_people () inherits (people); with gone as (delete from people returning *) insert into more_people select * from gone',
      /^posts_author_fkey of public\.posts: 1 orphans$/,
    ],
    ['a row of a partition', 'delete from days', /^events_part_day_fkey of public\.events: 1 orphans$/],
  ])('do not hold without %s', async (_what, sql, says) => {
    await using database = await createDatabase();
    await administer(async (client) => {
      await client.query(healthy);
      await client.query('set session_replication_role = replica');
      await client.query(sql);
    }, database.url);
    const finding = (await ask(database.url, { expect: noExpectations })).finding('consistency.foreign-keys');
    expect(finding).toMatchObject({ status: 'fail', value: expect.stringMatching(says) });
  });
});

describe('configured references', () => {
  const both = `
    create extension citext;
    create table users (id uuid primary key, login citext, number bigint, raw json);
    create table logs (id int primary key, "user" text, login citext, number int, raw json);
    insert into users values ('6F9619FF-8B86-D011-B42D-00CF4FC964FF', 'Ada', 7, '{}');
    insert into logs values (1, '6f9619ff-8b86-d011-b42d-00cf4fc964ff', 'ADA', 7, '{}')`;
  const expectAll = {
    ...noExpectations,
    references: [
      'logs.raw -> users.raw',
      'logs.user -> users.id',
      'logs.login -> users.login',
      'logs.number -> users.number',
    ],
  };

  it('compare by the operator of their types, and as texts when these differ', async () => {
    await using database = await createDatabase();
    await administer((client) => client.query(both), database.url);
    const { references } = expectAll;
    const asked = await ask(database.url, { expect: { ...expectAll, references: references.slice(1) } });
    expect(asked.finding('consistency.references')).toMatchObject({ status: 'pass', value: '3 references' });
  });

  it('one that cannot be compared keeps no other from being asked', async () => {
    await using database = await createDatabase();
    await administer(async (client) => {
      await client.query(both);
      await client.query(`update logs set "user" = 'nobody'`);
    }, database.url);
    const asked = await ask(database.url, { expect: expectAll });
    expect(asked.finding('consistency.references')).toMatchObject({
      status: 'warn',
      value: expect.stringMatching(
        /^logs\.user -> users\.id: 1 orphans, e\.g\. nobody; not read: logs\.raw -> users\.raw \(this server does not have/,
      ),
    });
  });
});
