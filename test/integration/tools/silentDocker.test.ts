import { once } from 'node:events';
import { createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { parseDatabaseUrl, urlInside } from '../../../packages/engine/src/server/index.ts';
import { startTool } from '../../../packages/engine/src/tools/index.ts';
import { temporaryFolder } from '../../support/folders.ts';

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
