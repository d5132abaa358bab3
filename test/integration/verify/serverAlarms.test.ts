import { truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import pg from 'pg';
import { describe, expect, it } from 'vitest';
import { exampleProof } from '../../../packages/storage/src/testing/manifest.ts';
import { publishExample } from '../../../packages/storage/src/testing/publish.ts';
import { temporaryFolder } from '../../support/folders.ts';
import { postgresProgram } from '../../support/launch.ts';
import {
  administer,
  createDatabase,
  type PrivateTestServer,
  startPrivatePostgres,
} from '../../support/servers.ts';
import { startStandby } from '../../support/standby.ts';
import { changePage, fileOf } from './damage.ts';
import { type Asked, ask, noExpectations, vaultIn } from './harness.ts';
import { provenBackup } from './provenBackup.ts';

const hour = 3_600_000;

async function finding(url: string, check: string, asked: Asked = {}) {
  return (await ask(url, { mode: 'quick', expect: noExpectations, ...asked })).finding(check);
}

const run = (server: Pick<PrivateTestServer, 'url'>, text: string) =>
  administer((client) => client.query(text), server.url);

describe('a server is named', () => {
  it('that counts transaction ids up while an old transaction keeps them from being frozen', async () => {
    await using server = await startPrivatePostgres({
      durable: false,
      settings: { autovacuum_freeze_max_age: '100000' },
    });
    const old = new pg.Client({ connectionString: server.url });
    await old.connect();
    await old.query('begin isolation level repeatable read; select 1');
    const burn = `do $$ begin for i in 1..200100 loop perform pg_current_xact_id(); commit; end loop; end $$`;
    expect(await finding(server.url, 'connection.transaction-age')).toMatchObject({ status: 'pass' });
    await run(server, burn);
    expect(await finding(server.url, 'connection.transaction-age')).toMatchObject({
      status: 'warn',
      value: expect.stringMatching(/^200\d{3} transactions, \d+ multixacts old$/),
    });
    await old.end();
  });

  it('whose slot nobody reads keeps more than 1 GiB of WAL', async () => {
    await using server = await startPrivatePostgres({ durable: false, settings: { wal_level: 'replica' } });
    await run(server, "select pg_create_physical_replication_slot('forgotten', true)");
    await administer(async (client) => {
      for (let segment = 0; segment < 65; segment += 1) {
        await client.query("select pg_logical_emit_message(false, 'test', 'x'); select pg_switch_wal()");
      }
    }, server.url);
    expect(await finding(server.url, 'connection.slots')).toMatchObject({
      status: 'warn',
      value: expect.stringMatching(/^forgotten \(idle, holds 1\.\d GiB\)$/),
    });
  });

  it('that is a standby, and all that does not write is asked of it', async () => {
    await using primary = await startPrivatePostgres();
    await using standby = await startStandby(primary);
    const result = await ask(standby.url, { expect: noExpectations });
    expect(result.finding('connection.recovery')).toMatchObject({
      status: 'warn',
      value: expect.stringMatching(/^a standby in recovery/),
    });
    expect(result.alarms()).toEqual(['performance.backup', 'connection.recovery']);
  });

  it('that nobody mends any more', async () => {
    await using database = await createDatabase();
    const now = new Date('2060-01-01T00:00:00Z');
    expect(await finding(database.url, 'connection.version', { now })).toMatchObject({
      status: 'warn',
      value: expect.stringMatching(/^\d+\.\d+.*; its support ended in 20\d\d-11$/),
    });
    const today = new Date('2026-11-01T00:00:00Z');
    expect(await finding(database.url, 'connection.version', { now: today })).toMatchObject({
      status: 'pass',
    });
  });

  it('that finds too few blocks in its shared buffers', async () => {
    await using server = await startPrivatePostgres({
      durable: false,
      settings: { shared_buffers: '128kB' },
    });
    // One row fills a page, and looking for one key again and again finds its page each time.
    await run(
      server,
      `create table wide (pages text); alter table wide alter pages set storage plain;
       insert into wide select repeat('x', 8000) from generate_series(1, 10000);
       create table keys (id int primary key); insert into keys values (1)`,
    );
    await run(
      server,
      `set enable_seqscan = off; set enable_material = off; set enable_memoize = off; set enable_hashjoin = off;
       set enable_mergejoin = off;
       select count(k.id) from generate_series(1, 390000) i left join keys k on k.id = 1 + 0 * i;
       do $$ begin for i in 1..30 loop perform count(*) from wide; end loop; end $$`,
    );
    expect(await finding(server.url, 'performance.cache')).toMatchObject({
      status: 'warn',
      value: expect.stringMatching(/^\d+\.\d % of 1\d{6} blocks$/),
    });
  });

  it('whose pages do not match their checksums', async () => {
    await using server = await startPrivatePostgres();
    let path = '';
    await administer(async (client) => {
      await client.query('create table victims as select generate_series(1, 5000) as id; checkpoint');
      path = await fileOf(client, 'victims');
    }, server.url);
    await server.signal('SIGINT');
    await execa(postgresProgram('pg_checksums'), [
      '--enable',
      '--no-sync',
      '-D',
      join(server.folder, 'postgresql/data'),
    ]);
    await server.restart();
    expect(await finding(server.url, 'consistency.checksums')).toMatchObject({
      status: 'pass',
      value: 'on, no failure',
    });
    await server.signal('SIGINT');
    await changePage(path, (page) => page.fill(0xa5, 4000, 4010));
    await server.restart();
    await expect(run(server, 'select count(*) from victims')).rejects.toThrow(/invalid page/);
    expect(await finding(server.url, 'consistency.checksums')).toMatchObject({
      status: 'fail',
      value: expect.stringMatching(/^1 failures, the last at \d{4}-/),
    });
  });
});

describe('what has become of a database since its newest backup', () => {
  it('a size that has outgrown it', async () => {
    await using database = await createDatabase();
    await administer((client) => client.query('create table grown (id int)'), database.url);
    using backup = await provenBackup(database.url);
    const check = 'performance.size';
    expect(await finding(database.url, check, backup)).toMatchObject({ status: 'pass' });
    let path = '';
    await administer(async (client) => {
      path = await fileOf(client, 'grown');
    }, database.url);
    // Empty pages, which take no room on the disk.
    await truncate(path, 1_000_000_000);
    expect(await finding(database.url, check, backup)).toMatchObject({
      status: 'warn',
      value: expect.stringMatching(/^10\d\d\.\d MB, \d+\.\d % since sage_backup_/),
    });
  });

  it('its backup and its proof age', async () => {
    await using database = await createDatabase();
    using backup = await provenBackup(database.url);
    const hoursLater = (hours: number): Asked => ({ ...backup, now: new Date(Date.now() + hours * hour) });
    for (const check of ['performance.backup', 'performance.proof']) {
      expect(await finding(database.url, check, hoursLater(25))).toMatchObject({ status: 'pass' });
      expect(await finding(database.url, check, hoursLater(27))).toMatchObject({
        status: 'fail',
        value: expect.stringMatching(/^sage_backup_\S+, 27\.0 h old/),
      });
    }
  });

  it('a safety backup, or one that is damaged, makes no backup fresh', async () => {
    await using database = await createDatabase();
    using backup = await provenBackup(database.url);
    const { catalogue } = backup.vault;
    const regular = (await catalogue.list()).backups[0]?.manifest.id ?? '';
    const at = new Date(Date.now() + 20 * hour);
    const damaged = await publishExample(backup.vault, { at });
    const scrubbed = { result: 'damaged' as const, at: at.toISOString(), damaged: ['dump'] };
    await catalogue.mark(damaged.id, { kind: 'scrub', ...scrubbed });
    const changes = { reason: 'safety' as const, databaseBytes: 1 };
    await publishExample(backup.vault, { at: new Date(at.getTime() + hour), changes });
    const result = await ask(database.url, {
      mode: 'quick',
      expect: noExpectations,
      now: new Date(Date.now() + 27 * hour),
      vault: backup.vault,
    });
    expect(result.finding('performance.backup')).toMatchObject({
      status: 'fail',
      value: expect.stringContaining(regular),
    });
    expect(result.finding('performance.size').value).toContain(`since ${regular}`);
  });

  it('the proof that failed is of the newest regular backup, whatever was saved after it', async () => {
    await using database = await createDatabase();
    using backup = await provenBackup(database.url);
    const at = new Date(Date.now() + hour);
    const newest = await publishExample(backup.vault, { at });
    const failed = exampleProof({ result: 'failed', error: 'a row is missing', at: at.toISOString() });
    await backup.vault.catalogue.mark(newest.id, failed);
    const later = new Date(at.getTime() + hour);
    await publishExample(backup.vault, { at: later, changes: { reason: 'safety' } });
    const now = new Date(later.getTime() + hour);
    const asked = { ...backup, now };
    expect(await finding(database.url, 'performance.backup', asked)).toMatchObject({ status: 'pass' });
    expect(await finding(database.url, 'performance.proof', asked)).toMatchObject({
      status: 'fail',
      value: `the proof of ${newest.id} failed: a row is missing`,
    });
  });

  it('only safety backups are no backup', async () => {
    using folder = temporaryFolder();
    const vault = vaultIn(folder.path);
    await publishExample(vault, { at: new Date(), changes: { reason: 'safety' } });
    await using database = await createDatabase();
    expect(await finding(database.url, 'performance.backup', { vault })).toMatchObject({
      status: 'fail',
      value: 'no backup that is whole, safety backups aside',
    });
  });

  it('nobody has proven it, or its proof has failed', async () => {
    await using database = await createDatabase();
    using backup = await provenBackup(database.url, { proven: false });
    const check = 'performance.proof';
    expect(await finding(database.url, check, backup)).toMatchObject({
      status: 'warn',
      value: 'no backup is proven',
    });
    const [newest] = (await backup.vault.catalogue.list()).backups;
    const id = newest?.manifest.id ?? '';
    await backup.vault.catalogue.mark(id, exampleProof({ result: 'failed', error: 'a row is missing' }));
    expect(await finding(database.url, check, backup)).toMatchObject({
      status: 'fail',
      value: `the proof of ${id} failed: a row is missing`,
    });
  });
});
