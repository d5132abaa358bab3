import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** Takes a chunk over the link by calling `pass`, whenever it likes. */
export type Carry = (chunk: Buffer, to: 'redis' | 'client', pass: () => void) => void;

/** A way to a healthy Redis of which a test decides what goes over it. */
export async function openLink(url: string, carry: Carry): Promise<AsyncDisposable & { url: string }> {
  const target = new URL(url);
  const sockets = new Set<Socket>();
  const server = createServer((near) => {
    const far = connect(Number(target.port), target.hostname);
    for (const [from, to, where] of [
      [near, far, 'redis'],
      [far, near, 'client'],
    ] as const) {
      sockets.add(from);
      from.on('data', (chunk) => carry(chunk, where, () => to.writable && to.write(chunk)));
      from.on('error', () => undefined);
      from.on('close', () => to.destroy());
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const here = new URL(url);
  here.port = String((server.address() as AddressInfo).port);
  return {
    url: here.href,
    async [Symbol.asyncDispose]() {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}
