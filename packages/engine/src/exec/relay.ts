import { createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { openPrivateFolder } from '../temporary/index.ts';
import { type Inside, type RunningExec, startExec } from './startExec.ts';

/** A way to a server that only its own container can reach. */
export interface Relay {
  /** A folder with the Unix socket that libpq and pg look for there; nobody but this user can open it. */
  readonly folder: string;
  /** Takes no more connections; those that are there live on. */
  refuse(): Promise<void>;
  /** Ends everything. Never throws. */
  close(): Promise<void>;
}

/**
 * Standard input goes to the server, what the server says to standard output. Whichever side ends first ends the other:
 * a server must not keep the session, and the locks, of a client that is gone.
 */
const script = `
exec 3<>"/dev/tcp/$1/$2" || exit 1
exec 4<&0
(cat <&4 >&3; kill $$ 2>/dev/null) &
exec cat <&3 4<&-
`;

/** Opens the relay: each connection becomes one exec inside the container. It needs `bash` there, as official images have. */
export async function openRelay(inside: Inside, to: { host: string; port: number }): Promise<Relay> {
  const folder = await openPrivateFolder();
  const ends = new Set<() => void>();
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    void carry(socket, { inside, to, ends });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(join(folder.path, `.s.PGSQL.${to.port}`), resolve);
  });
  const refuse = async () => {
    stopListening(server);
    await folder.remove();
  };
  return {
    folder: folder.path,
    refuse,
    async close() {
      await refuse();
      for (const end of ends) end();
    },
  };
}

function stopListening(server: Server): void {
  if (server.listening) server.close();
}

interface Way {
  readonly inside: Inside;
  readonly to: { readonly host: string; readonly port: number };
  readonly ends: Set<() => void>;
}

async function carry(socket: Socket, { inside, to, ends }: Way): Promise<void> {
  let exec: RunningExec | null = null;
  const end = () => {
    ends.delete(end);
    socket.destroy();
    exec?.destroy();
  };
  ends.add(end);
  socket.on('error', end);
  socket.on('close', end);
  try {
    const command = ['bash', '-c', script, 'bash', to.host, String(to.port)];
    exec = await startExec(inside, { command, onError: () => undefined });
  } catch {
    // The client sees a closed connection; whoever looks at the container says why.
    end();
    return;
  }
  if (socket.destroyed) {
    exec.destroy();
    return;
  }
  exec.stdin.on('error', end);
  exec.stdout.on('error', end);
  socket.pipe(exec.stdin);
  exec.stdout.pipe(socket);
}
