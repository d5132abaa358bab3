import { randomBytes } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { connect as open } from 'node:net';
import { join, resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import type Docker from 'dockerode';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { dockerClient, followContainerEvents } from '../../packages/engine/src/docker/index.ts';
import { parseDatabaseUrl, urlInside } from '../../packages/engine/src/server/index.ts';
import { runTool } from '../../packages/engine/src/tools/index.ts';
import { waitFor } from '../support/events.ts';
import { temporaryFolder } from '../support/folders.ts';
import { provideBases } from './support/bases.ts';
import { type DatabaseContainer, startDatabase } from './support/database.ts';
import { type Engine, startEngine } from './support/engine.ts';

/** The proxy of docker-compose.docker.yml, but what it gives a minute has a second here. */
const proxyFile = resolve(import.meta.dirname, '../../config/docker-proxy-exec.cfg');
const quietSeconds = 4;
const folder = temporaryFolder();
let engine: Engine;
let database: DatabaseContainer;
let proxy: Docker.Container;
let port: number;

beforeAll(async () => {
  engine = await startEngine();
  await provideBases(engine);
  database = await startDatabase(engine);
  await startProxy();
});
afterAll(async () => {
  await proxy?.remove({ force: true });
  await database?.[Symbol.asyncDispose]();
  await engine?.stop();
  folder.remove();
});

async function startProxy(): Promise<void> {
  const shortened = join(folder.path, 'haproxy.cfg');
  const asGiven = await readFile(proxyFile, 'utf8');
  await writeFile(shortened, asGiven.replaceAll(/timeout (client|server) 1m/g, 'timeout $1 1s'));
  proxy = await dockerClient(engine.host).createContainer({
    name: `sagekeep-quiet-${randomBytes(4).toString('hex')}`,
    Image: 'haproxy:3.0',
    User: 'root',
    Env: [`SAGEKEEP_EXEC_CONTAINERS=${database.name}`],
    ExposedPorts: { '2375/tcp': {} },
    HostConfig: {
      Binds: [`${shortened}:/usr/local/etc/haproxy/haproxy.cfg:ro`, `${engine.socket}:/var/run/docker.sock`],
      PortBindings: { '2375/tcp': [{ HostIp: '127.0.0.1', HostPort: '' }] },
    },
  });
  await proxy.start();
  port = Number((await proxy.inspect()).NetworkSettings.Ports['2375/tcp']?.[0]?.HostPort);
  const healthy = () =>
    fetch(`http://127.0.0.1:${port}/healthy`).then(
      ({ ok }) => ok,
      () => false,
    );
  await waitFor(healthy, { what: 'the proxy to answer' });
}

const host = () => `tcp://127.0.0.1:${port}`;

it('the proxy gives a request that does not come a second', async () => {
  const began = performance.now();
  const socket = open(port, '127.0.0.1');
  socket.write('GET /_ping HTTP/1.1\r\n');
  expect(await text(socket)).toMatch(/^HTTP\/1\.1 408 /);
  expect(performance.now() - began).toBeLessThan(quietSeconds * 1000);
});

it('a tool inside that says nothing for longer ends by itself, and events are still heard', async () => {
  const heard: string[] = [];
  const states: boolean[] = [];
  const stop = new AbortController();
  const following = followContainerEvents({
    dockerHost: host(),
    signal: stop.signal,
    onEvent: ({ container, action }) => void heard.push(`${container} ${action}`),
    onState: (follows) => void states.push(follows),
  });
  await waitFor(() => states.length > 0, { what: 'the events to be followed' });
  const connection = parseDatabaseUrl(
    urlInside(database.urlInside, { dockerHost: host(), container: database.name }),
  );
  const said = await runTool({
    file: 'psql',
    args: ['-XqAtc', `select 'quiet' from pg_sleep(${quietSeconds})`],
    connection,
    signal: new AbortController().signal,
    killGraceMs: 1_000,
  });
  expect(said).toBe('quiet\n');
  await dockerClient(engine.host).getContainer(database.name).pause();
  await dockerClient(engine.host).getContainer(database.name).unpause();
  await waitFor(() => heard.includes(`${database.name} unpause`), { what: 'the event to be heard' });
  stop.abort();
  await following;
  expect(states).toEqual([true]);
});
