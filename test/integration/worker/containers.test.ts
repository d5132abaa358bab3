import { EventEmitter, once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { freePort } from '../../../apps/local/src/servers/ports.ts';
import { isAlive } from '../../support/children.ts';
import { waitFor } from '../../support/events.ts';
import { temporaryFolder } from '../../support/folders.ts';
import { createDatabase } from '../../support/servers.ts';
import { startWorker, type WorkerBench } from './harness.ts';

/** A daemon that knows no container, and tells the events it is given to whoever follows them or asks since then. */
async function eventDaemon(port = 0) {
  const heard = new EventEmitter();
  const followers: ServerResponse[] = [];
  const told: { readonly at: number; readonly line: string }[] = [];
  const server = createServer((request, response) => {
    if (!request.url?.includes('/events')) return void response.end('[]');
    response.writeHead(200).flushHeaders();
    followers.push(response);
    const since = Number(new URL(request.url, 'http://docker').searchParams.get('since'));
    for (const { at, line } of told) if (at >= since * 1000) response.write(line);
    heard.emit('follower', since);
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
    follower: async () => (await once(heard, 'follower'))[0] as number,
    /** Returns when it happened, in nanoseconds. */
    tell(Action: string, name: string, at = Date.now()) {
      const event = { Type: 'container', Action, Actor: { Attributes: { name } }, timeNano: at * 1e6 };
      const line = `${JSON.stringify(event)}\n`;
      told.push({ at, line });
      for (const follower of followers) follower.write(line);
      return at * 1e6;
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

/** What is kept of the container for the next look. */
async function moments({ vault }: WorkerBench): Promise<string[]> {
  const children = await vault.storage.children('records/container-events/sage');
  return children.map(({ name }) => name).filter((name) => name !== 'heard');
}

/** The events in the log of the first worker in the folder, or in that of another beside it. */
function logged(logs: string, name = 'containers'): { readonly action: string }[] {
  const lines = readFileSync(join(logs, `../supervisor/${name}.log`), 'utf8').split('\n');
  return lines.filter((line) => line !== '').map((line) => JSON.parse(line));
}

async function isOpen({ vault }: WorkerBench): Promise<boolean> {
  const { items } = await vault.records.list('incidents');
  return items.some(({ key, resolvedAt }) => key === 'check:sage:container.events' && resolvedAt === null);
}

it('an OOM kill between two looks is a finding and an incident, and in the log, also after Docker was away', async () => {
  using folder = temporaryFolder();
  await using database = await createDatabase({ template: 'sample' });
  // It comes back where it was.
  await using daemon = await eventDaemon(await freePort());
  const connected = daemon.follower();
  const logs = join(folder.path, 'logs', 'sage');
  await using worker = await startWorker(folder.path, {
    databases: { sage: { url: database.url, container: 'sage-db' } },
    docker: { host: `tcp://127.0.0.1:${daemon.port}` },
    logs: { folder: logs },
  });
  await connected;
  await waitFor(async () => (await look(worker))?.status === 'pass', { what: 'events to be heard' });

  daemon.tell('oom', 'other-db');
  daemon.tell('oom', 'sage-db');
  daemon.tell('die', 'sage-db', Date.now() + 1);
  await waitFor(async () => (await moments(worker)).length === 2, { what: 'the events to be kept' });
  expect(await look(worker)).toMatchObject({ status: 'fail', value: expect.stringContaining('1 OOM kill') });
  await waitFor(() => isOpen(worker), { what: 'the incident' });
  expect(logged(logs)).toMatchObject([
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
  await waitFor(async () => (await moments(worker)).length === 3, { what: 'the start to be kept' });
  expect(await look(worker)).toMatchObject({ status: 'warn', value: expect.stringContaining('started 1') });
  expect(await look(worker)).toMatchObject({ status: 'pass' });
  await waitFor(async () => !(await isOpen(worker)), { what: 'the incident to be over' });
});

it('what happened while no worker ran is heard by the next one, once, and not again by one that begins beside it', async () => {
  using folder = temporaryFolder();
  await using database = await createDatabase({ template: 'sample' });
  await using daemon = await eventDaemon();
  const logs = join(folder.path, 'logs', 'sage');
  const start = async () => {
    const asked = daemon.follower();
    const worker = await startWorker(folder.path, {
      databases: { sage: { url: database.url, container: 'sage-db' } },
      docker: { host: `tcp://127.0.0.1:${daemon.port}` },
      logs: { folder: logs },
    });
    return { worker, since: (await asked) * 1000 };
  };
  const began = Date.now();
  daemon.tell('die', 'sage-db', began - 60_000);

  const first = await start();
  expect(first.since).toBeGreaterThan(began - 60_000);
  await using _first = first.worker;
  const { storage } = first.worker.vault;
  const heardUntil = async (nano: number) =>
    String(await storage.read('records/container-events/sage/heard')) === JSON.stringify({ nano });
  const last = daemon.tell('start', 'sage-db');
  await waitFor(() => heardUntil(last), { what: 'the start to be kept' });
  await waitFor(() => logged(logs).length === 1, { what: 'the start to be logged' });
  await look(first.worker);
  process.kill(first.worker.pid, 'SIGKILL');
  await waitFor(() => !isAlive(first.worker.pid), { what: 'the first worker to be gone' });

  daemon.tell('oom', 'sage-db');
  const pause = daemon.tell('pause', 'sage-db');
  daemon.tell('start', 'other-db');
  const { worker, since } = await start();
  await using _second = worker;
  expect(since).toBeLessThanOrEqual(last / 1e6);
  const actions = () => logged(logs).map(({ action }) => action);
  await waitFor(() => actions().includes('pause'), { what: 'what happened meanwhile' });
  expect(actions()).toEqual(['start', 'oom', 'pause']);
  await waitFor(() => heardUntil(pause), { what: 'it to be kept' });
  expect(await moments(worker)).toHaveLength(2);
  expect(await look(worker)).toMatchObject({
    ...{ status: 'fail', value: expect.stringContaining('1 OOM kill, ended 0 ×, started 0 ×') },
  });

  const { worker: third } = await start();
  await using _third = third;
  daemon.tell('unpause', 'sage-db');
  await waitFor(() => logged(logs, 'containers-2').length > 0, { what: 'a third worker to hear, too' });
  expect(logged(logs, 'containers-2').map(({ action }) => action)).toEqual(['unpause']);
  expect(actions().slice(0, 3)).toEqual(['start', 'oom', 'pause']);
});
