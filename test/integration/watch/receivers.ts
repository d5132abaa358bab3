import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import { type AddressInfo, createServer as createTcpServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';

export interface Heard {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export interface HttpReceiver extends AsyncDisposable {
  readonly url: string;
  /** What it has taken: refused posts are not among them. */
  readonly heard: Heard[];
  /** Decides the status of the next post; above 299 it is refused. */
  answer: (path: string) => number;
}

/** A real HTTP server that takes posts, or refuses them; with `port` it stands where an earlier one stood. */
export async function httpReceiver({ port = 0 }: { readonly port?: number } = {}): Promise<HttpReceiver> {
  const heard: Heard[] = [];
  const server: Server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const status = receiver.answer(request.url ?? '');
    if (status < 300) {
      heard.push({
        path: request.url ?? '',
        headers: request.headers,
        body: Buffer.concat(chunks).toString(),
      });
    }
    response.writeHead(status, status === 302 ? { location: '/elsewhere' } : {}).end();
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  const receiver: HttpReceiver = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    heard,
    answer: () => 200,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
  return receiver;
}

/** A real UDP socket; `next` resolves with the next datagram. */
export async function udpReceiver() {
  const socket = createSocket('udp4');
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  return {
    port: socket.address().port,
    next: async () => String((await once(socket, 'message'))[0]),
    [Symbol.dispose]: () => socket.close(),
  };
}

/** As little SMTP as a client needs; `refuse` makes it answer 451 to the recipient. */
export async function smtpReceiver(options: { readonly refuse?: boolean } = {}) {
  /** Whom there is no mailbox for. */
  const unknown = new Set<string>();
  const isUnknown = (line: string) => [...unknown].some((address) => line === `RCPT TO:<${address}>`);
  const mails: string[] = [];
  const server = createTcpServer((socket) => {
    let mail: string | null = null;
    let buffer = '';
    socket.on('error', () => undefined);
    socket.write('220 test ESMTP\r\n');
    socket.on('data', (chunk) => {
      buffer += String(chunk);
      for (let end = buffer.indexOf('\r\n'); end !== -1; end = buffer.indexOf('\r\n')) {
        const line = buffer.slice(0, end);
        buffer = buffer.slice(end + 2);
        if (mail !== null && line !== '.') mail += `${line}\n`;
        else if (mail !== null) {
          mails.push(mail);
          mail = null;
          socket.write('250 taken\r\n');
        } else if (line === 'DATA') {
          mail = '';
          socket.write('354 go on\r\n');
        } else if (line === 'QUIT') socket.end('221 bye\r\n');
        else if (isUnknown(line)) socket.write('550 no such user\r\n');
        else
          socket.write(options.refuse === true && line.startsWith('RCPT') ? '451 later\r\n' : '250 ok\r\n');
      }
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `smtp://127.0.0.1:${(server.address() as AddressInfo).port}?ignoreTLS=true`,
    mails,
    unknown,
    async [Symbol.asyncDispose]() {
      server.close();
      await once(server, 'close');
    },
  };
}

/** A machine's own syslog: `socket` is where it listens, `next` the next line that it is sent. */
export async function syslogReceiver() {
  const folder = await mkdtemp(join(tmpdir(), 'sagekeep-syslog-'));
  const socket = join(folder, 'log');
  const lines = new PassThrough();
  const server = createTcpServer((sender) => sender.pipe(lines, { end: false })).listen(socket);
  await once(server, 'listening');
  return {
    socket,
    next: async () => String((await once(lines, 'data'))[0]),
    async [Symbol.asyncDispose]() {
      server.close();
      await once(server, 'close');
      await rm(folder, { recursive: true });
    },
  };
}
