import { once } from 'node:events';
import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { pipeline } from 'node:stream';

/** A way to the engine on which something may happen before a request reaches it. */
export interface HeldBack extends AsyncDisposable {
  /** `tcp://…` */
  readonly host: string;
}

/** Passes every request on to the engine once `before` has ended; `path` is as Docker's API has it. */
export async function holdBack(socket: string, before: (path: string) => Promise<void>): Promise<HeldBack> {
  const server = createServer(async (asked, answer) => {
    const { method, headers, url: path = '/' } = asked;
    await before(path);
    const onward = request({ socketPath: socket, method, headers, path }, (said) => {
      answer.writeHead(said.statusCode ?? 502, said.headers);
      pipeline(said, answer, () => undefined);
    });
    pipeline(asked, onward, () => undefined);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    host: `tcp://127.0.0.1:${port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
