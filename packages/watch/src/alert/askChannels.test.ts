import { once } from 'node:events';
import { createServer } from 'node:net';
import type { ChannelConfig, DeliverPayload } from '@sagekeep/contracts';
import { memoryVault } from '@sagekeep/storage/testing';
import { expect, it } from 'vitest';
import { createIncidents } from '../incident/incidents.ts';
import { createAskedChannels } from './askChannels.ts';

const webhook = (name: string, port: number): ChannelConfig => ({
  ...{ kind: 'webhook', name, url: `http://127.0.0.1:${port}/T0KEN`, secret: null, body: null },
});

async function listen(port = 0) {
  const server = createServer().listen(port, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as { port: number }).port,
    async [Symbol.asyncDispose]() {
      if (server.listening) await once(server.close(), 'close');
    },
  };
}

it('a channel where nobody listens is told to the others, until somebody listens', async () => {
  const gone = await listen();
  await gone[Symbol.asyncDispose]();
  await using chat = await listen();
  const channels = [webhook('hook', gone.port), webhook('chat', chat.port)];
  const { vault, clock } = memoryVault();
  const told: DeliverPayload[] = [];
  const incidents = createIncidents({
    ...{ vault, databases: async () => [], channels: ['hook', 'chat'], remindAfterMs: 60_000 },
    now: () => clock,
    enqueue: async (payload) => {
      told.push(payload);
      return 'waiting';
    },
  });
  const asked = createAskedChannels(channels, incidents);

  expect(await asked.ask()).toEqual(['The channel hook cannot be reached: ECONNREFUSED']);
  expect(told).toMatchObject([{ channel: 'chat', event: 'opened' }]);
  const open = await incidents.open();
  expect(open).toMatchObject([{ key: 'channel-unreachable:hook', severity: 'warn' }]);
  expect(JSON.stringify(open)).not.toContain('T0KEN');
  await asked.askAgain();
  expect(await incidents.open()).toHaveLength(1);

  await using _back = await listen(gone.port);
  await asked.askAgain();
  expect(await incidents.open()).toEqual([]);
  expect(told.slice(1)).toMatchObject([{ channel: 'chat', event: 'resolved' }]);
  expect(await asked.ask()).toEqual([]);
});
