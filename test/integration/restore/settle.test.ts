import { RestoreRecord } from '@sagekeep/contracts';
import { createFolderStorage, createVault } from '@sagekeep/storage';
import pg from 'pg';
import { afterEach, describe, expect, it } from 'vitest';
import { applicationName } from '../../../packages/engine/src/lock/index.ts';
import type { Attempt } from '../../../packages/engine/src/restore/attempt.ts';
import { failAttempt } from '../../../packages/engine/src/restore/failAttempt.ts';
import { createRecorder } from '../../../packages/engine/src/restore/record.ts';
import { restoreReport } from '../../../packages/engine/src/restore/restoreReport.ts';
import { settle } from '../../../packages/engine/src/restore/settle.ts';
import { connect, parseDatabaseUrl } from '../../../packages/engine/src/server/index.ts';
import { waitFor } from '../../support/events.ts';
import { temporaryFolder } from '../../support/folders.ts';
import {
  createDatabase,
  createRole,
  postgresUrl,
  startPrivatePostgres,
  withDatabase,
} from '../../support/servers.ts';
import { sql } from './harness.ts';

const opened: (() => Promise<unknown> | unknown)[] = [];
afterEach(async () => {
  for (const close of opened.splice(0).reverse()) await close();
});

const at = '2026-11-26T12:00:00.000Z';
const shortId = '01234567a1n89ab';

const recordOf = (xid: string) =>
  RestoreRecord.parse({
    ...{ version: 1, id: 'r1', database: 'sage', state: 'building', source: 'dump.sql', backup: null },
    ...{ into: 'live', server: 'own', own: true, method: 'in-place', by: 'tester', jobId: 'j', attempt: 1 },
    ...{ startedAt: at, finishedAt: null, shortId, aside: 'live', before: null, asideOid: null, proof: null },
    ...{ beforeOid: null, undoUntil: null, safetyBackup: null, closingBackup: null, withoutSafety: false },
    ...{ trustFile: false, downtimeMs: null, tables: [], timings: {}, differences: [], notes: [] },
    ...{ error: null, xid },
  });

/** A session that has begun to change the live database, on a server whose commits wait for a standby that never comes. */
async function scene(name: string) {
  const settings = { synchronous_standby_names: 'nobody', synchronous_commit: 'local' };
  const server = await startPrivatePostgres({ durable: false, settings });
  opened.push(() => server.stop());
  await sql(server.url, 'create database live');
  const url = withDatabase(server.url, 'live');
  const writer = new pg.Client({ connectionString: url, application_name: name });
  writer.on('error', () => undefined);
  const ended = new Promise((resolve) => writer.once('end', resolve));
  await writer.connect();
  opened.push(() => writer.end());
  await writer.query('set synchronous_commit = on; begin; create table changed ()');
  const { rows } = await writer.query<{ xid: string }>('select pg_current_xact_id()::text as xid');
  const session = await connect(parseDatabaseUrl(server.url), { applicationName: 'test' });
  opened.push(() => session.close());
  const record = recordOf(rows[0]?.xid ?? '');
  const settled = () => settle({ record, session, now: new Date(at), keepBeforeMs: 1 });
  const isChanged = async () => (await sql(url, `select from pg_class where relname = 'changed'`)).length > 0;
  return { server, writer, ended, settled, isChanged };
}

it('a restore aside that did not hear the answer of its commit went live, and nothing of it failed', async () => {
  await using database = await createDatabase();
  await using session = await connect(parseDatabaseUrl(database.url), { applicationName: 'test' });
  const [live] = await session.query<{ oid: number }>(
    'select oid from pg_database where datname = current_database()',
  );
  const building = {
    ...recordOf('1'),
    method: 'aside' as const,
    into: database.dbname,
    error: 'the server is gone',
  };
  const record = { ...building, asideOid: Number(live?.oid) };
  const settled = await settle({ record, session, now: new Date(at), keepBeforeMs: 1 });
  expect(settled).toMatchObject({ state: 'swapped', error: null });
  expect(restoreReport(settled, new Date(at)).result).toBe('done');
});

it('an attempt whose lost session cannot be ended has not failed yet, and nothing of it is dropped', async () => {
  await using owner = await createRole('CREATEDB');
  await using database = await createDatabase({ owner });
  await using session = await connect(parseDatabaseUrl(postgresUrl()), { applicationName: 'test' });
  const [aside] = await session.query<{ oid: number }>('select oid from pg_database where datname = $1', [
    database.dbname,
  ]);
  using folder = temporaryFolder();
  const now = () => new Date(at);
  const vault = createVault({ storage: createFolderStorage({ folder: folder.path }), now });
  const changes = { method: 'aside' as const, aside: database.dbname, asideOid: Number(aside?.oid) };
  const recorder = await createRecorder(vault, { ...recordOf('1'), ...changes });
  // A superuser's, which the owner may not end.
  const lost = { pid: session.pid, lost: AbortSignal.abort() };
  const connection = parseDatabaseUrl(database.ownerUrl);
  const attempt = {
    lock: { session: lost, connection, applicationName: 'test' },
    target: { database: { keepBeforeMs: 1 } },
    ...{ source: { foreign: null }, payload: { onMismatch: 'drop' }, phases: { timings: {} }, shortId },
  };
  const log = { debug() {}, info() {}, warn() {}, error() {}, child: () => log };
  const error = new Error('the session is gone');
  const ended = failAttempt({ log, now }, attempt as unknown as Attempt, { recorder, error });
  await expect(ended).rejects.toBe(error);
  expect(recorder.record).toMatchObject({ state: 'building', error: error.message });
  expect(await sql(database.url, 'select 1 as there')).toEqual([{ there: 1 }]);
});

describe('what became of a restore in place', () => {
  it('whose transaction is still open is that it failed, once that is ended', async () => {
    const { ended, settled, isChanged } = await scene(applicationName('restore', shortId));
    const { state, error } = await settled();
    await ended;
    expect({ state, error }).toEqual({ state: 'failed', error: expect.stringContaining('has not changed') });
    expect(await isChanged()).toBe(false);
  });

  it('whose commit is under way is that it went live', async () => {
    const { server, writer, settled, isChanged } = await scene(applicationName('restore', shortId));
    const commit = writer.query('commit').catch(() => undefined);
    await waitFor(async () => {
      const waiting = await sql(server.url, `select from pg_stat_activity where wait_event = 'SyncRep'`);
      return waiting.length > 0;
    });
    expect((await settled()).state).toBe('swapped');
    await commit;
    expect(await isChanged()).toBe(true);
  });

  it('is not told while somebody else holds the transaction', async () => {
    const { settled } = await scene('somebody');
    await expect(settled()).rejects.toMatchObject({ code: 'OBJECT_BUSY', retryable: true });
  });
});
