import { once } from 'node:events';
import { createServer } from 'node:http';
import { type AddressInfo, createServer as createTcpServer } from 'node:net';
import { describe, expect, it } from 'vitest';
import { assertContainerRunning, inspectContainer } from '../../../packages/engine/src/docker/index.ts';
import { createDatabase } from '../../support/servers.ts';
import { ask } from './harness.ts';

/** A daemon that takes connections and never says a word. */
async function silentDaemon() {
  const server = createTcpServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    host: `tcp://127.0.0.1:${(server.address() as AddressInfo).port}`,
    [Symbol.dispose]: () => void server.close(),
  };
}

/** A daemon, or a proxy in front of it, that answers everything with 403. */
async function refusingDaemon() {
  const server = createServer(
    (_request, response) => void response.writeHead(403).end('{"message":"not allowed"}'),
  );
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    host: `tcp://127.0.0.1:${(server.address() as AddressInfo).port}`,
    [Symbol.dispose]: () => void server.close(),
  };
}

describe('a Docker daemon', () => {
  it('that hangs is told within the time limit', async () => {
    using daemon = await silentDaemon();
    const look = await inspectContainer(daemon.host, 'db', { timeoutMs: 200 });
    expect(look).toEqual({ kind: 'silent', text: `Docker at ${daemon.host} did not answer within 200 ms` });
  });

  it('that hangs does not outlive the signal', async () => {
    using daemon = await silentDaemon();
    const reason = new Error('cancelled');
    await expect(inspectContainer(daemon.host, 'db', { signal: AbortSignal.abort(reason) })).rejects.toBe(
      reason,
    );
  });

  it('that refuses, is not there, or is not asked', async () => {
    using daemon = await refusingDaemon();
    expect(await inspectContainer(daemon.host, 'db')).toMatchObject({
      kind: 'denied',
      text: expect.stringContaining('not allowed'),
    });
    expect(await inspectContainer('/nowhere/docker.sock', 'db')).toMatchObject({ kind: 'absent' });
    expect(await inspectContainer(null, 'db')).toMatchObject({ kind: 'absent' });
    expect(await inspectContainer(daemon.host, null)).toMatchObject({ kind: 'absent' });
  });

  it('that cannot tell is no obstacle for a backup', async () => {
    using daemon = await refusingDaemon();
    await expect(assertContainerRunning(daemon.host, { container: 'db' })).resolves.toBeUndefined();
  });

  it('is a warning when it refuses and a skip when there is none; the other checks go on', async () => {
    using daemon = await refusingDaemon();
    await using database = await createDatabase({ template: 'sample' });
    const config = { container: 'db' };
    const refused = await ask(database.url, { mode: 'quick', dockerHost: daemon.host, config });
    expect(refused.finding('connection.container')).toMatchObject({
      status: 'warn',
      value: expect.stringContaining('refuses'),
    });
    expect(refused.finding('connection.answers').value).toMatch(/^logged in/);
    const absent = await ask(database.url, { mode: 'quick', dockerHost: '/nowhere/docker.sock', config });
    expect(absent.finding('connection.container').status).toBe('skip');
  });
});
