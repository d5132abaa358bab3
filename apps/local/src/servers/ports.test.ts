import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { expect, it } from 'vitest';
import { freePort, freePortNear } from './ports.ts';

it('a free port is none that an outgoing connection is given', async () => {
  const [lowest] = readFileSync('/proc/sys/net/ipv4/ip_local_port_range', 'utf8').split(/\s+/).map(Number);
  const ports = await Promise.all(Array.from({ length: 20 }, () => freePort()));
  for (const port of ports) expect(port).toBeLessThan(lowest ?? 0);
});

it('a wished port is given when it is free, else another one', async () => {
  const wished = await freePort();
  expect(await freePortNear(wished)).toBe(wished);
  const server = createServer();
  await new Promise<void>((done) => server.listen(wished, '127.0.0.1', done));
  expect(await freePortNear(wished)).not.toBe(wished);
  await new Promise((done) => server.close(done));
});
