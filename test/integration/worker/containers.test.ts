import { EventEmitter, once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { waitFor } from '../../support/events.ts';
import { temporaryFolder } from '../../support/folders.ts';
import { createDatabase } from '../../support/servers.ts';
import { startWorker, type WorkerBench } from './harness.ts';

/** A daemon that knows no container and tells the events it is given to whoever follows them. */
async function eventDaemon(port = 0) {
  const heard = new EventEmitter();
  const followers: ServerResponse[] = [];
  const server = createServer((request, response) => {
    if (!request.url?.includes('/events')) return void response.end('[]');
    response.writeHead(200).flushHeaders();
    followers.push(response);
    heard.emit('follower', new URL(request.url, 'http://docker').searchParams.get('since'));
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  const stop = async () => {
    server.closeAllConnections();
    if (server.listening) await once(server.close(), 'close');
  };
  return {
    port: (server.address() as AddressInfo).port,
    /** Resolves with the moment from which on the next follower asks. */
    follower: async () => Number((await once(heard, 'follower'))[0]),
    tell(Action: string, name: string, at = Date.now()) {
      const event = { Type: 'container', Action, Actor: { Attributes: { name } }, timeNano: at * 1e6 };
      for (const follower of followers) follower.write(`${JSON.stringify(event)}\n`);
    },
    stop,
    [Symbol.asyncDispose]: stop,
  };
}

async function look({ done }: WorkerBench) {
  const result = await done('monitor', { by: 'test' });
  const { findings } = result as { findings: { id: string; status: string; value: string }[] };
  return findings.find(({ id }) => id === 'container.events');
}

async function isOpen({ vault }: WorkerBench): Promise<boolean> {
  const { items } = await vault.records.list('incidents');
  return items.some(({ key, resolvedAt }) => key === 'check:sage:container.events' && resolvedAt === null);
}

it('an OOM kill between two looks is a finding and an incident, and in the log, also after Docker was away', async () => {
  using folder = temporaryFolder();
  await using database = await createDatabase({ template: 'sample' });
  await using daemon = await eventDaemon();
  const connected = daemon.follower();
  const logs = join(folder.path, 'logs', 'sage');
  await using worker = await startWorker(folder.path, {
    databases: { sage: { url: database.url, container: 'sage-db' } },
    docker: { host: `tcp://127.0.0.1:${daemon.port}` },
    logs: { folder: logs },
  });
  await connected;
  const moments = () => worker.vault.storage.children('records/container-events/sage');
  await waitFor(async () => (await look(worker))?.status === 'pass', { what: 'events to be heard' });

  daemon.tell('oom', 'other-db');
  daemon.tell('oom', 'sage-db');
  daemon.tell('die', 'sage-db', Date.now() + 1);
  await waitFor(async () => (await moments()).length === 2, { what: 'the events to be kept' });
  expect(await look(worker)).toMatchObject({ status: 'fail', value: expect.stringContaining('1 OOM kill') });
  await waitFor(() => isOpen(worker), { what: 'the incident' });
  const lines = readFileSync(join(logs, '../supervisor/containers.log'), 'utf8').trim().split('\n');
  expect(lines.map((line) => JSON.parse(line))).toMatchObject([
    { container: 'sage-db', databases: ['sage'], action: 'oom' },
    { container: 'sage-db', action: 'die' },
  ]);

  const away = Date.now();
  await daemon.stop();
  await waitFor(async () => (await look(worker))?.status === 'skip', { what: 'the silence to be noticed' });
  expect(await isOpen(worker)).toBe(true);
  await using again = await eventDaemon(daemon.port);
  const since = await again.follower();
  expect(since).toBeLessThanOrEqual(away / 1000);
  // Docker tells later what happened meanwhile: no look has counted it yet.
  again.tell('start', 'sage-db', away);
  await waitFor(async () => (await moments()).length === 3, { what: 'the start to be kept' });
  expect(await look(worker)).toMatchObject({ status: 'warn', value: expect.stringContaining('started 1') });
  expect(await look(worker)).toMatchObject({ status: 'pass' });
  await waitFor(async () => !(await isOpen(worker)), { what: 'the incident to be over' });
});
