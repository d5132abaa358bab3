import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { expect, it } from 'vitest';
import { newShortId, openLockSession } from '../../../packages/engine/src/lock/index.ts';
import { parseDatabaseUrl } from '../../../packages/engine/src/server/index.ts';
import { postgresUrl, withParts } from '../../support/servers.ts';

/** BackendKeyData: its length, then the process id. */
const backendKeyData = Buffer.from([0x4b, 0, 0, 0, 12]);

/** What a pooler is to its clients: a process id that is no backend's, and real backends behind it. */
async function startPooler(server: { port: number; host: string }) {
  const sockets: Socket[] = [];
  const pooler = createServer((client) => {
    const backend = connect(server);
    sockets.push(client, backend);
    for (const socket of [client, backend]) socket.on('error', () => socket.destroy());
    client.pipe(backend);
    backend.on('data', (chunk: Buffer) => {
      const at = chunk.indexOf(backendKeyData);
      if (at >= 0) chunk.writeInt32BE(1, at + backendKeyData.length);
      client.write(chunk);
    });
    backend.on('end', () => client.end());
  });
  pooler.listen(0, '127.0.0.1');
  await once(pooler, 'listening');
  return {
    port: (pooler.address() as AddressInfo).port,
    [Symbol.dispose]() {
      for (const socket of sockets) socket.destroy();
      pooler.close();
    },
  };
}

it('no lock is taken through a pooler, and the advice says what to write instead', async () => {
  const { host, port } = parseDatabaseUrl(postgresUrl());
  using pooler = await startPooler({ host, port });
  const url = new URL(withParts(postgresUrl(), {}));
  url.port = String(pooler.port);
  url.searchParams.set('sslmode', 'disable');
  const options = {
    kind: 'restore',
    shortId: newShortId('pooled', 1),
    signal: AbortSignal.timeout(60_000),
  } as const;
  await expect(openLockSession(parseDatabaseUrl(url.href), options)).rejects.toMatchObject({
    code: 'CONFIGURATION_INVALID',
    retryable: false,
    message: expect.stringContaining('pooler'),
    advice: expect.stringContaining('direct connection'),
  });
  await using direct = await openLockSession(parseDatabaseUrl(postgresUrl()), options);
  expect(direct.session.lost.aborted).toBe(false);
});
