import { createServer } from 'node:net';

/** A loopback port that nobody listened on a moment ago; who binds it must be ready to find it taken. */
export function freePort(): Promise<number> {
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
