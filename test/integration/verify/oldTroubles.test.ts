import pg from 'pg';
import { expect, it } from 'vitest';
import { administer, type PrivateTestServer, startPrivatePostgres } from '../../support/servers.ts';
import { aged } from './aged.ts';
import { ask, noExpectations } from './harness.ts';

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

it('statistics of the planner that most of a table has left behind', async () => {
  await using server = await startPrivatePostgres({ settings: { autovacuum: 'off' } });
  await run(server, 'create table grown (id int)');
  await run(server, 'analyze grown');
  await run(server, 'insert into grown select generate_series(1, 100001)');
  await run(server, 'select pg_stat_force_next_flush()');
  expect(await finding(server, 'performance.statistics')).toMatchObject({ status: 'pass' });
  await run(server, aged('pg_stat_user_tables', '25 hours'));
  expect(await finding(server, 'performance.statistics')).toMatchObject({
    status: 'warn',
    value: expect.stringMatching(/^public\.grown: 100001 changes since \d{4}-/),
  });
});
