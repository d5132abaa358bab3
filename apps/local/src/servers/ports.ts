import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';

/**
 * Below the ports that Linux gives to outgoing connections (`ip_local_port_range`, from 32768 on): a server that is down for
 * a moment would find one of those taken, if only by a client that keeps asking for it.
 */
const [lowest, above] = [20_000, 32_768];
const tries = 50;

/** A loopback port that nobody listened on a moment ago; who binds it must be ready to find it taken. */
export async function freePort(): Promise<number> {
  for (let left = tries; left > 0; left -= 1) {
    const port = await probe(randomInt(lowest, above)).catch(() => null);
    if (port !== null) return port;
  }
  return probe(0);
}

/** The wished port when it is free, else any free one. */
export async function freePortNear(wished: number): Promise<number> {
  return probe(wished).catch(() => freePort());
}

function probe(port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => {
      const address = server.address();
      const chosen = typeof address === 'object' && address !== null ? address.port : port;
      server.close(() => resolve(chosen));
    });
  });
}
