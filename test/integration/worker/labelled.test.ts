import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { isProven } from '@sagekeep/storage';
import { expect, it } from 'vitest';
import { waitFor } from '../../support/events.ts';
import { temporaryFolder } from '../../support/folders.ts';
import { createDatabase, type TestDatabase } from '../../support/servers.ts';
import { startWorker, type WorkerBench } from './harness.ts';

/** A daemon that tells of one container, in which the database of a test seems to run, while it is there. */
async function daemonWith({ url: superuser, dbname }: TestDatabase) {
  const { hostname, port, username, password } = new URL(superuser);
  const box = { there: false, labels: {} as Record<string, string>, troubled: false };
  const followers: ServerResponse[] = [];
  const listed = () => ({ Id: 'c1', Names: ['/shop-db'], Labels: box.labels });
  const inspected = () => ({
    ...{ Id: 'c1', Name: '/shop-db', State: { Status: 'running', Running: true, StartedAt: '' } },
    Config: {
      Image: 'postgres:17',
      Labels: box.labels,
      Env: [`POSTGRES_USER=${username}`, `POSTGRES_PASSWORD=${password}`, `POSTGRES_DB=${dbname}`],
    },
    ...{ Image: 'i1', RestartCount: 0, Mounts: [] },
    NetworkSettings: {
      Networks: {},
      Ports: { '5432/tcp': [{ HostIp: hostname, HostPort: port }] },
    },
  });
  const server = createServer(({ url = '' }, response) => {
    if (url.includes('/events')) {
      response.writeHead(200).flushHeaders();
      followers.push(response);
    } else if (box.troubled) {
      box.troubled = false;
      response.writeHead(500).end('{"message":"busy"}');
    } else if (url.includes('/containers/json')) response.end(JSON.stringify(box.there ? [listed()] : []));
    else if (url.includes('/containers/c1/json')) response.end(JSON.stringify(inspected()));
    else response.writeHead(404).end('{}');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    host: `tcp://127.0.0.1:${(server.address() as AddressInfo).port}`,
    change(there: boolean, labels: Record<string, string>) {
      Object.assign(box, { there, labels });
      const Actor = { Attributes: { name: 'shop-db', ...labels } };
      const event = { Type: 'container', Action: there ? 'start' : 'destroy', Actor };
      for (const follower of followers)
        follower.write(`${JSON.stringify({ ...event, timeNano: Date.now() * 1e6 })}\n`);
    },
    /** Refuses one question, the next one. */
    refuse() {
      box.troubled = true;
    },
    followed: () => waitFor(() => followers.length > 0, { what: 'the worker to follow events' }),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await once(server.close(), 'close');
    },
  };
}

const record = (worker: WorkerBench) => worker.vault.records.get('databases', 'shop');
const labels = { 'sagekeep.enable': 'true', 'sagekeep.database': 'shop' };

it('a container labelled at run time is backed up, proven, missed and forgotten, its password kept', async () => {
  using folder = temporaryFolder();
  await using database = await createDatabase({ template: 'sample' });
  await using daemon = await daemonWith(database);
  await using worker = await startWorker(folder.path, { docker: { host: daemon.host } });
  await daemon.followed();
  expect(await worker.end('backup', { database: 'shop', reason: 'manual', by: 'test' })).toMatchObject({
    error: { code: 'UNKNOWN_DATABASE' },
  });

  daemon.change(true, labels);
  const proven = async () => (await worker.vault.catalogue.list()).backups.some(isProven);
  await waitFor(proven, { what: 'a proven backup' });
  expect(await record(worker)).toMatchObject({
    container: 'shop-db',
    dbname: database.dbname,
    state: 'ready',
  });

  // What a worker learns of a container it learns to keep to itself.
  const { password } = new URL(database.url);
  const told = await worker.end('restore', {
    ...{ database: 'shop', file: `dumps/${password}.sql`, by: 'test', withoutSafety: false },
    ...{ inPlace: false, createRoles: false, trustFile: false, onMismatch: 'drop' },
  });
  expect(told.error?.message).toContain('[secret]');

  daemon.change(false, labels);
  await waitFor(async () => (await record(worker))?.state === 'gone', { what: 'it to be missed' });
  const verified = await worker.end('verify', { database: 'shop', mode: 'quick', by: 'test' });
  expect(verified.error).toMatchObject({
    code: 'SERVER_UNREACHABLE',
    message: expect.stringContaining('gone'),
  });
  expect(verified.attempts.made).toBeGreaterThan(1);
  const look = (await worker.done('monitor', { by: 'test' })) as {
    findings: { id: string; status: string }[];
  };
  expect(look.findings).toContainEqual(
    expect.objectContaining({ id: 'container.labelled', status: 'fail', title: 'shop: Labelled container' }),
  );

  daemon.change(true, labels);
  await waitFor(async () => (await record(worker))?.state === 'ready', { what: 'it to be back' });
  daemon.refuse();
  daemon.change(false, labels);
  const missedAgain = { what: 'it to be missed though Docker refused', withinMs: 30_000 };
  await waitFor(async () => (await record(worker))?.state === 'gone', missedAgain);
  daemon.change(true, {});
  await waitFor(async () => (await record(worker)) === null, { what: 'it to be forgotten' });
  expect((await worker.vault.catalogue.list()).backups).toHaveLength(1);
});
