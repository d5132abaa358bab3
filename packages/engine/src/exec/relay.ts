import { createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import type { SagekeepError } from '@sagekeep/contracts';
import { openPrivateFolder } from '../temporary/index.ts';
import { firstLine } from './firstLine.ts';
import { execError, type Inside, type RunningExec, startExec } from './startExec.ts';

/** A way to a server that only its own container can reach. */
export interface Relay {
  /** A folder with the Unix socket that libpq and pg look for there; nobody but this user can open it. */
  readonly folder: string;
  /** Why a connection found no way to the server, in the container's or Docker's own words; null when all did. */
  trouble(): SagekeepError | null;
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
echo ready
exec 4<&0
(cat <&4 >&3; kill $$ 2>/dev/null) &
exec cat <&3 4<&-
`;

/** Opens the relay: each connection becomes one exec inside the container. It needs `bash` there, as official images have. */
export async function openRelay(inside: Inside, to: { host: string; port: number }): Promise<Relay> {
  const folder = await openPrivateFolder();
  const ends = new Set<() => void>();
  let trouble: SagekeepError | null = null;
  const onTrouble = (error: SagekeepError) => {
    trouble = error;
  };
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    void carry(socket, { inside, to, ends, onTrouble });
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
    trouble: () => trouble,
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
  readonly onTrouble: (error: SagekeepError) => void;
}

async function carry(socket: Socket, { inside, to, ends, onTrouble }: Way): Promise<void> {
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
    exec = await reach(inside, to);
  } catch (error) {
    // The client sees a closed connection.
    onTrouble(error as SagekeepError);
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

/** The way to the server, once it stands. Throws why there is none: no bash, nobody who listens, Docker's refusal. */
async function reach(inside: Inside, to: Way['to']): Promise<RunningExec> {
  const command = ['bash', '-c', script, 'bash', to.host, String(to.port)];
  const said: Buffer[] = [];
  const exec = await startExec(inside, { command, onError: (chunk) => void said.push(chunk) });
  const line = await firstLine(exec.stdout).catch((error: Error) => error.message);
  if (line === 'ready') return exec;
  exec.destroy();
  const words = `${line} ${Buffer.concat(said).toString('utf8')}`.trim();
  throw execError(new Error(words === '' ? 'it closed the connection' : words), inside);
}
