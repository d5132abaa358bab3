import { expect, it } from 'vitest';
import { administer, createDatabase, createRole, withParts } from '../../support/servers.ts';
import { ask, configOf, noExpectations } from './harness.ts';
import { provenBackup } from './provenBackup.ts';

it('triggers and rules that fire on replicas only are no disabled ones', async () => {
  await using database = await createDatabase({ template: 'sample' });
  const sql = `alter table memories enable replica trigger update_memories_updated_at;
    create rule quiet as on delete to sessions do instead nothing; alter table sessions enable replica rule quiet`;
  await administer((client) => client.query(sql), database.url);
  const result = await ask(database.url, { mode: 'quick' });
  expect(result.finding('structure.disabled-triggers')).toMatchObject({ status: 'pass' });
});

it('a foreign key that is enforced on replicas only is a disabled one', async () => {
  await using database = await createDatabase();
  const sql = `create table a (id int primary key); create table b (a int references a);
    do $$ begin execute (select format('alter table b enable replica trigger %I', tgname) from pg_trigger
                         where tgrelid = 'b'::regclass limit 1); end $$`;
  await administer((client) => client.query(sql), database.url);
  const result = await ask(database.url, { mode: 'quick', expect: noExpectations });
  expect(result.finding('structure.disabled-triggers')).toMatchObject({
    status: 'fail',
    value: expect.stringContaining('foreign key b_a_fkey'),
  });
});

it('a database that is never proven is not warned about for ever', async () => {
  await using database = await createDatabase({ template: 'sample' });
  using backup = await provenBackup(database.url, { proven: false });
  const never = { ...configOf(database.url).proof, when: 'never' as const };
  const asked = { mode: 'quick' as const, vault: backup.vault };
  expect((await ask(database.url, asked)).finding('performance.proof').status).toBe('warn');
  const result = await ask(database.url, { ...asked, config: { proof: never } });
  expect(result.finding('performance.proof')).toMatchObject({
    status: 'skip',
    value: expect.stringContaining('switched off'),
  });
});

it('a materialised view that was never filled is no broken table of vectors', async () => {
  await using database = await createDatabase();
  const sql = `create extension vector; create table notes (id int primary key, v vector(3));
    insert into notes select i, array[i, 1, 2]::vector from generate_series(1, 50) i;
    create materialized view later as select * from notes with no data;
    create index on later using hnsw (v vector_l2_ops)`;
  await administer((client) => client.query(sql), database.url);
  const result = await ask(database.url, { expect: noExpectations });
  expect(result.alarms().filter((id) => id.startsWith('pgvector.'))).toEqual([]);
  expect(result.finding('pgvector.columns').value).toContain('public.later.v');
});

it('of two indexes that answer the same searches only the one that does has a recall', async () => {
  await using database = await createDatabase();
  const sql = `create extension vector; create table notes (id int primary key, v vector(3));
    insert into notes select i, array[i % 97, i % 89, i % 83]::vector from generate_series(1, 3000) i;
    create index by_graph on notes using hnsw (v vector_l2_ops);
    create index by_lists on notes using ivfflat (v vector_l2_ops) with (lists = 50); analyze notes`;
  await administer((client) => client.query(sql), database.url);
  const { value } = (await ask(database.url, { expect: noExpectations })).finding('pgvector.recall');
  expect(value.match(/not measured, by_\w+ answers in its place/g)).toHaveLength(1);
  expect(value.match(/over 20 searches/g)).toHaveLength(1);
});

it('tables of an extension need not be readable, unless a backup holds their rows', async () => {
  await using database = await createDatabase();
  await using role = await createRole();
  const sql = `create extension vector; create table inner_table (id int); alter extension vector add table inner_table`;
  await administer((client) => client.query(sql), database.url);
  const url = withParts(database.url, { user: role.name, password: role.password });
  const status = async () =>
    (await ask(url, { mode: 'quick', expect: noExpectations })).finding('rights.read').status;
  expect(await status()).toBe('pass');
  const declare = `update pg_extension set extconfig = array['inner_table'::regclass::oid], extcondition = '{""}' where extname = 'vector'`;
  await administer((client) => client.query(declare), database.url);
  expect(await status()).toBe('fail');
});
