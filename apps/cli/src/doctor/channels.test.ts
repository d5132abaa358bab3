import { once } from 'node:events';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ChannelConfig } from '@sagekeep/contracts';
import { expect, it } from 'vitest';
import { examineChannels } from './channels.ts';

const webhook = (port: number): ChannelConfig => ({
  ...{ kind: 'webhook', name: 'hook', url: `http://127.0.0.1:${port}/T0KEN`, secret: null, body: null },
});

const syslog = (socket: string): ChannelConfig => ({
  ...{ kind: 'syslog', name: 'log', host: null, port: 514, socket },
});

it('a channel where nobody listens is named, and its address stays secret', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  const remote = { ...syslog('unused'), host: '192.0.2.1' };
  const [open, udp] = await examineChannels([webhook(port), remote]);
  expect(open).toMatchObject({ id: 'channel:hook', ok: true });
  expect(udp).toMatchObject({ ok: true, text: expect.stringContaining('UDP') });
  server.close();
  await once(server, 'close');
  const [closed] = await examineChannels([webhook(port)]);
  expect(closed).toMatchObject({ ok: false, text: 'The channel hook cannot be reached: ECONNREFUSED' });
  expect(closed?.advice).toContain('sagekeep alerts test');
  expect(JSON.stringify(closed)).not.toContain('T0KEN');
});

it('a syslog is asked for at its socket, with logger', async () => {
  const socket = join(tmpdir(), `sagekeep-doctor-${process.pid}.sock`);
  const server = createServer((sender) => sender.resume()).listen(socket);
  await once(server, 'listening');
  expect(await examineChannels([syslog(socket)])).toMatchObject([
    { ok: true, text: "The channel log is this machine's syslog, by logger" },
  ]);
  server.close();
  await once(server, 'close');
  expect(await examineChannels([syslog(socket)])).toMatchObject([
    {
      ok: false,
      text: expect.stringMatching(/^The channel log cannot be reached: .*No such file or directory/),
    },
  ]);
});
