/** A little of everything that pg_dump carries and that has ever come back different. Needs pgvector. */
export const torture = `
create extension vector; create extension amcheck;
create schema "odd ""schema"" 🐘"; set search_path to "odd ""schema"" 🐘", public;
create type mood as enum ('sad', 'so "so"', 'bad'''); create type pair as (a int, b text);
create domain positive as int check (value > 0); create type span as range (subtype = numeric);
create sequence odd_start start 100 increment -7 minvalue -1000 maxvalue 200 cycle; select nextval('odd_start'), nextval('odd_start');
create table types (
  id bigint generated always as identity primary key, b boolean, s smallint, i int, n numeric(20, 5), r real, d double precision,
  t text, c char(5), v varchar(9), by bytea, ts timestamp, tz timestamptz, da date, ti time, tt timetz, iv interval, u uuid,
  j json, jb jsonb, x xml, ip inet, ci cidr, ma macaddr, bi bit(4), vb bit varying, po point, pl polygon, ln lseg, ci2 circle,
  ts2 tsvector, tq tsquery, m mood, p pair, po2 positive, sp span, ia int[], ta text[], ma2 mood[], i4 int4range, mr int4multirange,
  mo money, oi oid, re regclass, ve vector(3), doubled int generated always as (i * 2) stored);
insert into types (b, s, i, n, r, d, t, c, v, by, ts, tz, da, ti, tt, iv, u, j, jb, x, ip, ci, ma, bi, vb, po, pl, ln, ci2, ts2, tq, m, p,
  po2, sp, ia, ta, ma2, i4, mr, mo, oi, re, ve) values
 (true, -32768, 1073741823, 'NaN', '-Infinity', 1e-307, E'tab\\t newline\\n back\\\\ 記憶 🐘 \\\\N', 'ab', '', '\\x00ff5c', 'infinity',
  '2024-02-29 23:59:60+13:45', '4713-01-01 BC', '24:00', '12:00+01', '-1 year 2 mons -3 days 04:05:06.789', gen_random_uuid(), '{"a" : 1}',
  '{"a": [1, null, "\\u0041"]}', '<a>1</a>', '::1', '10.0.0.0/8', '08:00:2b:01:02:03', '1010', '1', '(1,2)', '((0,0),(1,1),(2,0))',
  '[(0,0),(1,1)]', '<(0,0),1>', 'a:1A b:2', 'a & !b', 'so "so"', row(1, 'x, "y"'), 7, '[1.5,2.5)', '{1,null,3}', '{"a,b",null,"NULL"}',
  '{sad,NULL}', 'empty', '{[1,3),[5,)}', 12.34, 4294967295, 'pg_class', '[1,-2.5,3e-8]');
insert into types default values;
insert into types (t) select repeat(md5(i::text), 1 + i % 100) from generate_series(1, 500) i;
create table nothing (); insert into nothing default values; insert into nothing default values;
create unlogged table careless (i int); insert into careless values (1);
create table parted (k mood, n int, note text) partition by list (k);
create table parted_sad partition of parted for values in ('sad') partition by range (n);
create table parted_sad_low partition of parted_sad for values from (minvalue) to (10);
create table parted_rest partition of parted default; create index on parted (n);
insert into parted values ('sad', 1, 'x'), ('so "so"', 99, null);
create table hashed (k mood, n int) partition by hash (k);
create table hashed_0 partition of hashed for values with (modulus 2, remainder 0);
create table hashed_1 partition of hashed for values with (modulus 2, remainder 1);
insert into hashed select m, i from unnest(enum_range(null::mood)) m, generate_series(1, 50) i;
create table mother (i int, a text); create table father (i int, b text);
create table child (c text) inherits (mother, father); alter table mother add column late int default 5; insert into child values (1, 'a', 'b', 'c');
create table circle_a (id int primary key, b int); create table circle_b (id int primary key, a int references circle_a deferrable initially deferred);
insert into circle_a values (1, 1); insert into circle_b values (1, 1); alter table circle_a add foreign key (b) references circle_b deferrable;
create table rooms (during tsrange, exclude using gist (during with &&)); insert into rooms values ('[2024-01-01,2024-01-02)');
create collation german (provider = icu, locale = 'de-u-co-phonebk'); create table words (w text collate german); create index on words (w collate "C" desc nulls last) where w > 'a';
create function quoted(a int default 3, variadic b text[] default '{}') returns setof text language plpgsql as $x$ begin return query select '$$' || a; end $x$;
create procedure doing() language sql as 'select 1'; create aggregate total (int) (sfunc = int4pl, stype = int, initcond = '0');
create operator === (leftarg = int, rightarg = int, function = int4eq, commutator = ===);
create view bottom as select id, t from types; create materialized view first as select count(*) as n from bottom; create materialized view second as select n + 1 as n from first;
create unique index on second (n); create rule ignored as on delete to words do instead nothing;
create function stamp() returns trigger language plpgsql as 'begin return new; end'; create trigger stamped before insert on types for each row when (new.i > 0) execute function stamp();
create function seen() returns event_trigger language plpgsql as 'begin end'; create event trigger watching on ddl_command_end execute function seen(); alter event trigger watching disable;
alter table words enable row level security; create policy own on words for select using (w <> 'secret');
create publication part for table types where (i > 0); create statistics many on i, s from types;
create foreign data wrapper nowhere; create server far foreign data wrapper nowhere options (a 'b'); create foreign table remote (i int) server far;
create text search configuration plain (copy = simple); create cast (pair as text) with inout;
select lo_from_bytea(0, decode(repeat('00ff', 5000), 'hex')), lo_from_bytea(0, '');
comment on table types is E'line one\\nline ''two'' 🐘'; comment on column types.i is 'a column'; comment on schema "odd ""schema"" 🐘" is 'odd';
create index near on types using hnsw (ve vector_l2_ops) with (m = 5); alter table types alter column t set storage external; alter table types set (fillfactor = 70);

create table more_types (m8 macaddr8, pa path, bo box, li line, ls pg_lsn, jp jsonpath, nr numrange, dr daterange, tr tsrange, tzr tstzrange,
  i8 int8range, nmr nummultirange, dmr datemultirange, tmr tsmultirange, tzmr tstzmultirange, i8mr int8multirange, smr span_multirange,
  ch "char", na name, x8 xid8, tid tid, ps pg_snapshot, pa2 pair[], ra int4range[], po2 positive[], ve2 vector[], grid int[][], cu refcursor);
insert into more_types values ('08:00:2b:01:02:03:04:05', '[(0,0),(1,1),(2,0)]', '(2,2),(0,0)', '{1,-1,0.5}', 'FFFFFFFF/1', '$.a[*] ? (@ > 1)',
  '(,1.50]', '[2024-01-01,infinity)', '["2024-01-01 00:00","2024-01-02 00:00")', '[2024-01-01 00:00+02,)', '[1,9223372036854775807)',
  '{(,1),[2,3.5]}', '{[2024-01-01,2024-02-01)}', '{[2024-01-01,2024-01-02),[2025-01-01,)}', '{}', '{[-5,5)}', '{[1.5,2.5)}', 'x', 'a name',
  '18446744073709551615', '(1,2)', '10:20:10,14,15', array[row(1, 'a,"b')::pair, null], array['[1,2)', 'empty']::int4range[], '{1,2}',
  array['[1,2,3]', '[4,5,6]']::vector[], '[0:1][-1:0]={{1,2},{3,4}}', 'cursor');
insert into more_types default values;
create table U&"two\\000Alines" (U&"a\\000Acolumn" int primary key, U&"tab\\0009" text default E'\\n', constraint U&"a\\000Acheck" check (U&"a\\000Acolumn" > 0));
insert into U&"two\\000Alines" values (1, E'a\\nb'); create index U&"an\\000Aindex" on U&"two\\000Alines" (U&"tab\\0009");
create view U&"a\\000Aview" as select * from U&"two\\000Alines"; comment on table U&"two\\000Alines" is E'\\n-- \\\\connect nowhere\\n';
create operator family reversed using btree;
create operator class backwards for type int using btree family reversed as operator 1 >, operator 2 >=, operator 3 =, operator 4 <=, operator 5 <, function 1 btint4cmp(int, int);
create table ordered (i int); insert into ordered values (1), (2);
create operator class hashed_text for type text using hash as operator 1 =, function 1 hashtext(text); create index on words using hash (w hashed_text);
alter default privileges grant select on tables to pg_monitor; alter default privileges revoke execute on functions from public;
alter default privileges in schema "odd ""schema"" 🐘" grant usage on sequences to pg_monitor with grant option;
create table late_table (i serial); create function late_function() returns int language sql as 'select 1';
grant select, insert (i), update (t) on types to pg_monitor; grant all on types to pg_read_all_data with grant option; revoke all on words from postgres; grant select on words to public;
grant usage on sequence odd_start to pg_monitor; grant execute on function quoted to pg_monitor; revoke all on function stamp() from public; grant execute on procedure doing to pg_monitor;
grant usage on schema "odd ""schema"" 🐘" to public; grant usage on type mood to pg_monitor; revoke usage on domain positive from public; grant usage on language sql to pg_monitor;
grant usage on foreign data wrapper nowhere to pg_monitor; grant usage on foreign server far to pg_monitor with grant option; create user mapping for pg_monitor server far options (u 'v');
do $$ declare o oid; begin select min(oid) into o from pg_largeobject_metadata; execute format('grant select on large object %s to pg_monitor', o); execute format('comment on large object %s is ''large''', o); end $$;
comment on column U&"two\\000Alines".U&"a\\000Acolumn" is 'c'; comment on constraint U&"a\\000Acheck" on U&"two\\000Alines" is 'check'; comment on index near is 'near';
comment on type mood is 'mood'; comment on domain positive is 'positive'; comment on sequence odd_start is 'seq'; comment on view bottom is 'view'; comment on materialized view second is 'matview';
comment on function quoted(int, text[]) is 'function'; comment on procedure doing() is 'procedure'; comment on aggregate total(int) is 'aggregate'; comment on operator ===(int, int) is 'operator';
comment on operator class backwards using btree is 'class'; comment on operator family reversed using btree is 'family'; comment on collation german is 'collation'; comment on cast (pair as text) is 'cast';
comment on trigger stamped on types is 'trigger'; comment on event trigger watching is 'event trigger'; comment on rule ignored on words is 'rule'; comment on policy own on words is 'policy';
comment on publication part is 'publication'; comment on statistics many is 'statistics'; comment on foreign data wrapper nowhere is 'wrapper'; comment on server far is 'server';
comment on foreign table remote is 'remote'; comment on text search configuration plain is 'search'; comment on extension vector is 'vectors'; comment on column child.c is 'inherited';
`;
