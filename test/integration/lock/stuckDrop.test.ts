import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { afterEach, beforeEach, expect, it } from 'vitest';
import {
  dropCopy,
  fence,
  isHalfDropped,
  madeName,
  newShortId,
  openLockSession,
} from '../../../packages/engine/src/lock/index.ts';
import { connect, parseDatabaseUrl } from '../../../packages/engine/src/server/index.ts';
import { waitFor } from '../../support/events.ts';
import { type PrivateTestServer, startPrivatePostgres, withDatabase } from '../../support/servers.ts';
import { backupPayload, configOf, contextOf, restorePayload, sql, worldOf } from '../restore/harness.ts';

/** Its own: what is tested here holds up every drop of a server. */
let server: PrivateTestServer;
const opened: (() => Promise<unknown> | unknown)[] = [];
beforeEach(async () => {
  server = await startPrivatePostgres({ durable: false });
  opened.push(() => server.stop());
  await sql(server.url, 'create database live');
  await sql(urlOf('live'), 'create table notes as select i from generate_series(1, 100) i');
});
afterEach(async () => {
  for (const close of opened.splice(0).reverse()) await close();
});

const urlOf = (name: string) => withDatabase(server.url, name);
const never = new AbortController().signal;

/** Whether a drop waits for a session that takes no notice of it. */
async function dropHangs(): Promise<boolean> {
  const name = `"probe ${randomUUID()}"`;
  await sql(server.url, `create database ${name}`);
  await using session = await connect(parseDatabaseUrl(server.url), {
    applicationName: 'a probe',
    settings: { statement_timeout: '2s' },
  });
  let waits = false;
  const drop = session.query(`drop database ${name}`).then(
    () => false,
    () => waits,
  );
  const looked = sql(
    server.url,
    `select pg_sleep(1.5); select from pg_stat_activity where pid = ${session.pid} and wait_event = 'ProcSignalBarrier'`,
  );
  waits = (await looked).length > 0;
  return await drop;
}

/** A stopped client, which has asked for more rows than it reads. */
async function stopReading(): Promise<{ pid: number; end(): Promise<unknown> }> {
  const reader = new pg.Client({ connectionString: server.url, application_name: 'a stopped client' });
  reader.on('error', () => undefined);
  await reader.connect();
  const { processID: pid, connection } = reader as unknown as {
    processID: number;
    connection: { stream: { pause(): void; destroy(): void } };
  };
  reader.query(`select repeat('x', 1000) from generate_series(1, 1000000)`).catch(() => undefined);
  connection.stream.pause();
  opened.push(() => connection.stream.destroy());
  // Until the last byte of its buffers is full it takes notice of whatever wakes it, and goes on filling them.
  await waitFor(async () => {
    const wake = `select pg_log_backend_memory_contexts(${pid}), pg_sleep(0.01) from generate_series(1, 50)`;
    await sql(server.url, wake);
    return dropHangs();
  });
  const end = () =>
    waitFor(async () => {
      await sql(server.url, `select pg_terminate_backend(${pid})`);
      return (await sql(server.url, `select from pg_stat_activity where pid = ${pid}`)).length === 0;
    });
  return { pid, end };
}

async function lockSession(attempt: number) {
  const shortId = newShortId('job', attempt);
  const connection = parseDatabaseUrl(urlOf('live'));
  const lock = await openLockSession(connection, { kind: 'restore', shortId, signal: never });
  opened.push(() => lock.close());
  return { lock, owner: { dbname: 'live', jobId: 'job', attempt, shortId } };
}

it('a session that reads nothing holds up neither a fence nor a drop for long, and is named', async () => {
  const [aside, scratch] = ['aside', 'scratch'].map((kind) =>
    madeName('live', kind as 'aside', newShortId('job', 1)),
  ) as [string, string];
  for (const name of [aside, scratch]) await sql(server.url, `create database "${name}"`);
  const { pid, end } = await stopReading();
  const next = await lockSession(2);
  const sweep = await lockSession(3);
  const [fenced] = await Promise.all([
    fence(next.lock, next.owner),
    expect(dropCopy(sweep.lock, scratch)).rejects.toMatchObject({
      code: 'OBJECT_BUSY',
      retryable: true,
      message: expect.stringContaining(`Seen waiting for its client: pid ${pid} (a stopped client of `),
      advice: expect.stringContaining('still waiting for backend with PID'),
    }),
  ]);
  expect(fenced).toEqual({ sessions: [], databases: [], left: [expect.stringContaining(aside)] });
  for (const name of [aside, scratch]) {
    expect(await isHalfDropped(next.lock.session, name)).toBe(true);
    await expect(sql(urlOf(name), 'select 1')).rejects.toThrow(/cannot connect to invalid database/);
  }
  await end();
  await dropCopy(sweep.lock, scratch);
  expect((await fence(next.lock, next.owner)).databases).toEqual([aside]);
  expect(await sql(server.url, `select from pg_database where datname ~ '^live_'`)).toEqual([]);
});

it('a proof and a restore end while a session reads nothing; what they could not drop goes with the next cleanup', async () => {
  using world = worldOf([configOf('sage', urlOf('live'))]);
  const { engine } = world;
  const { manifest } = await engine.backup(backupPayload(), contextOf());
  const { end } = await stopReading();
  const proof = await engine.prove({ backup: manifest.id, drill: false, by: 'tester' }, contextOf());
  expect(proof.result).toBe('proven');
  const { record } = await engine.restore(restorePayload({ backup: manifest.id }), contextOf());
  expect(record).toMatchObject({ state: 'swapped', error: null });
  const made = () => sql(server.url, `select datname as name from pg_database where datname ~ '^live_'`);
  expect(await made()).toHaveLength(2);
  await end();
  await engine.cleanup({ dryRun: false, by: 'tester' }, contextOf(), { backups: [], known: true });
  expect(await made()).toEqual([{ name: record.before }]);
});

it('a kept database whose drop did not end cannot be swapped back, names the safety backup, and is dropped by a cleanup', async () => {
  using world = worldOf([configOf('sage', urlOf('live'))]);
  const { engine } = world;
  const { manifest } = await engine.backup(backupPayload(), contextOf());
  const { record } = await engine.restore(restorePayload({ backup: manifest.id }), contextOf());
  await sql(server.url, `update pg_database set datconnlimit = -2 where datname = '${record.before}'`);
  await expect(
    engine.undo({ database: 'sage', restore: record.id, by: 'tester' }, contextOf()),
  ).rejects.toMatchObject({
    code: 'UNDO_IMPOSSIBLE',
    advice: expect.stringContaining(record.safetyBackup ?? 'none'),
  });
  expect(await sql(urlOf('live'), 'select count(*)::int as n from notes')).toEqual([{ n: 100 }]);
  const kept = { dryRun: false, by: 'tester', kept: record.before ?? '' };
  await engine.cleanup(kept, contextOf(), { backups: [], known: true });
  expect(await sql(server.url, `select from pg_database where datname ~ '^live_'`)).toEqual([]);
});
