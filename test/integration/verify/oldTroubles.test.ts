import pg from 'pg';
import { expect, it } from 'vitest';
import { administer, type PrivateTestServer, startPrivatePostgres } from '../../support/servers.ts';
import { ask, noExpectations } from './harness.ts';

/** Moves the clock of a system view back by so much: what it shows looks that much older, in this database. */
function aged(view: string, by: string): string {
  return `
    set allow_system_table_mods = on;
    do $$ begin
      execute (
        select format('create or replace view pg_catalog.${view} as select %s from (%s) aged', columns, body)
        from (select rtrim(pg_get_viewdef('${view}'::regclass), ';') as body) d,
             (select string_agg(case when atttypid = 'timestamptz'::regtype
                                     then format('%1$I - interval ''${by}'' as %1$I', attname)
                                     else quote_ident(attname) end, ', ' order by attnum) as columns
              from pg_attribute where attrelid = '${view}'::regclass and attnum > 0) c);
    end $$`;
}

async function finding(server: PrivateTestServer, check: string) {
  const result = await ask(server.url, { mode: 'quick', expect: noExpectations });
  return result.finding(check);
}

const run = (server: PrivateTestServer, text: string) =>
  administer((client) => client.query(text), server.url);

it('a transaction that sits idle', async () => {
  await using server = await startPrivatePostgres();
  const client = new pg.Client({ connectionString: server.url });
  await client.connect();
  await client.query('begin; select txid_current()');
  expect(await finding(server, 'connection.long-transactions')).toMatchObject({ status: 'pass' });
  await run(server, aged('pg_stat_activity', '20 minutes'));
  expect(await finding(server, 'connection.long-transactions')).toMatchObject({
    status: 'warn',
    value: expect.stringMatching(/pid \d+ of \w+: idle in transaction for 2[0-1] min/),
  });
  await client.end();
});

it('a prepared transaction that was left behind', async () => {
  await using server = await startPrivatePostgres({ settings: { max_prepared_transactions: '5' } });
  await run(server, "begin; select txid_current(); prepare transaction 'left behind'");
  const check = 'connection.prepared-transactions';
  expect(await finding(server, check)).toMatchObject({ status: 'pass' });
  await run(server, aged('pg_prepared_xacts', '10 minutes'));
  expect(await finding(server, check)).toMatchObject({
    status: 'warn',
    value: expect.stringContaining('left behind since 10 min'),
  });
});

it('a replication slot that has lost its WAL', async () => {
  await using server = await startPrivatePostgres({
    settings: { max_slot_wal_keep_size: '1MB', wal_level: 'replica', max_wal_senders: '2' },
  });
  await run(server, "select pg_create_physical_replication_slot('forgotten', true)");
  expect(await finding(server, 'connection.slots')).toMatchObject({ status: 'pass' });
  await administer(async (client) => {
    for (let segment = 0; segment < 3; segment += 1) {
      await client.query('create table grown as select 1; drop table grown');
      await client.query('select pg_switch_wal()');
    }
    await client.query('checkpoint');
  }, server.url);
  expect(await finding(server, 'connection.slots')).toMatchObject({
    status: 'fail',
    value: expect.stringContaining('forgotten'),
  });
});

it('dead rows that nobody has removed for hours', async () => {
  await using server = await startPrivatePostgres({ settings: { autovacuum: 'off' } });
  await run(server, 'create table churned as select generate_series(1, 20000) as id');
  await run(server, 'vacuum churned');
  await run(server, 'delete from churned where id > 5000');
  await run(server, 'select pg_stat_force_next_flush()');
  expect(await finding(server, 'performance.dead-rows')).toMatchObject({ status: 'pass' });
  await run(server, aged('pg_stat_user_tables', '2 hours'));
  expect(await finding(server, 'performance.dead-rows')).toMatchObject({
    status: 'warn',
    value: expect.stringMatching(/public\.churned 15000 \(75 %\)/),
  });
});
