import { once } from 'node:events';
import { createServer as createHttpServer } from 'node:http';
import { createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { withScratchServer } from '../../../packages/engine/src/scratch/withScratchServer.ts';
import { parseDatabaseUrl, urlInside } from '../../../packages/engine/src/server/index.ts';
import { startTool } from '../../../packages/engine/src/tools/index.ts';
import { quiet } from '../../faults/queue/harness.ts';
import { temporaryFolder } from '../../support/folders.ts';
import { contextOf } from '../restore/harness.ts';

const folder = temporaryFolder();
const socket = join(folder.path, 'docker.sock');
let server: Server;

/** A daemon that hangs: it takes every connection and every byte, and answers nothing. */
beforeAll(async () => {
  server = createServer((connection) => connection.resume().on('error', () => undefined));
  await once(server.listen(socket), 'listening');
});
afterAll(() => {
  server.close();
  folder.remove();
});

it('an abort does not wait for a Docker that hangs', async () => {
  const inside = { dockerHost: socket, container: 'db' };
  const connection = parseDatabaseUrl(urlInside('postgresql://sage:secret@127.0.0.1:5432/sage', inside));
  const controller = new AbortController();
  const asked = once(server, 'connection');
  const tool = startTool({
    file: '/usr/bin/pg_dump',
    args: [],
    connection,
    signal: controller.signal,
    killGraceMs: 60_000,
  });
  tool.catch(() => undefined);
  await asked;
  controller.abort(new Error('cancelled'));
  await expect(tool).rejects.toThrow('cancelled');
}, 10_000);

function scratchOptions(signal: AbortSignal, options: { dockerHost?: string; answerMs?: number } = {}) {
  const context = contextOf({ signal });
  const dockerHost = options.dockerHost ?? socket;
  return {
    ...options,
    dockerHost,
    container: 'db',
    preload: null,
    roles: [],
    context,
    log: quiet,
    now: () => new Date(),
  };
}
const never = () => Promise.reject(new Error('there is no server to work with'));

it('a proof in a throw-away container ends with its signal', async () => {
  const controller = new AbortController();
  const asked = once(server, 'connection');
  const proof = withScratchServer(scratchOptions(controller.signal), never);
  proof.catch(() => undefined);
  await asked;
  controller.abort(new Error('cancelled'));
  await expect(proof).rejects.toThrow('cancelled');
}, 10_000);

it('a proof in a throw-away container fails without a signal, too, and may be tried again', async () => {
  const options = scratchOptions(new AbortController().signal, { answerMs: 100 });
  await expect(withScratchServer(options, never)).rejects.toMatchObject({
    code: 'CONTAINER_NOT_RUNNING',
    retryable: true,
    message: expect.stringContaining('did not answer within 100 ms'),
  });
}, 10_000);

it('a throw-away container whose removal is not answered holds up no cancelled proof', async () => {
  const answers: Record<string, unknown> = {
    '/containers/db/json': { Id: 'db', Image: 'image', Config: {}, HostConfig: {} },
    '/images/image/json': { Config: {} },
    '/containers/create': { Id: 'made' },
  };
  const asked: string[] = [];
  const controller = new AbortController();
  const daemon = createHttpServer((request, response) => {
    const path = (request.url ?? '').split('?')[0] ?? '';
    asked.push(`${request.method} ${path.replace(/scratch-\w+/, 'scratch')}`);
    if (path.endsWith('/start')) controller.abort(new Error('cancelled'));
    const answer = path === '/containers/json' ? [] : answers[path];
    if (answer !== undefined) response.writeHead(200).end(JSON.stringify(answer));
  });
  const dockerHost = join(folder.path, 'half.sock');
  await once(daemon.listen(dockerHost), 'listening');
  const options = scratchOptions(controller.signal, { dockerHost, answerMs: 2_000 });
  await expect(withScratchServer(options, never)).rejects.toThrow('cancelled');
  expect(asked.slice(-2)).toEqual([
    'POST /containers/sagekeep-scratch/start',
    'DELETE /containers/sagekeep-scratch',
  ]);
  daemon.closeAllConnections();
  daemon.close();
}, 10_000);

it('a tool inside that nobody reads any more, and that has ended, holds up no abort', async () => {
  const path = join(folder.path, 'brief.sock');
  const daemon = createHttpServer((request, response) => {
    request.resume();
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify({ Id: 'e1', Running: false, ExitCode: 0 }));
  });
  daemon.on('upgrade', (_request, connection) => {
    connection.on('error', () => undefined);
    connection.write('HTTP/1.1 101 UPGRADED\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n');
    const line = Buffer.from('42\n');
    connection.end(Buffer.concat([Buffer.from([1, 0, 0, 0, 0, 0, 0, line.length]), line]));
  });
  await once(daemon.listen(path), 'listening');
  const inside = { dockerHost: path, container: 'db' };
  const controller = new AbortController();
  try {
    const tool = await startTool({
      file: '/usr/bin/pg_dump',
      args: [],
      connection: parseDatabaseUrl(urlInside('postgresql://sage:secret@127.0.0.1:5432/sage', inside)),
      signal: controller.signal,
      killGraceMs: 100,
    });
    controller.abort(new Error('cancelled'));
    await expect(tool.done).rejects.toThrow('cancelled');
  } finally {
    daemon.closeAllConnections();
    daemon.close();
  }
});
