import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { PrivateServer } from '../../apps/local/src/servers/postgres.ts';
import { childrenOf, isAlive } from './children.ts';
import { waitFor } from './events.ts';
import { type LaunchOptions, launchPostgres, launchRedis } from './launch.ts';

/** A server of one test's own, to be killed, frozen and started again. */
export interface PrivateTestServer extends AsyncDisposable {
  /** Stays the same over `restart`. */
  readonly url: string;
  readonly port: number;
  /** Where its data and its log are. */
  readonly folder: string;
  pid(): number;
  /** Signals it; resolves once it is gone when the signal ends it (SIGSTOP and SIGCONT resolve at once). */
  signal(name: 'SIGKILL' | 'SIGTERM' | 'SIGINT' | 'SIGQUIT' | 'SIGSTOP' | 'SIGCONT'): Promise<void>;
  /** Starts it again on its port and its data, after stopping it if it runs. */
  restart(): Promise<void>;
  /** Stops it and removes its folder. */
  stop(): Promise<void>;
}

export type PrivateOptions = Pick<LaunchOptions, 'settings' | 'durable' | 'password'>;

/** Durable unless told otherwise: what was committed survives a kill. */
export function startPrivatePostgres(options: PrivateOptions = {}): Promise<PrivateTestServer> {
  return startPrivate(launchPostgres, options);
}

/** Durable unless told otherwise: an append-only file brings its data back. */
export function startPrivateRedis(options: PrivateOptions = {}): Promise<PrivateTestServer> {
  return startPrivate(launchRedis, options);
}

type Launch = (options: LaunchOptions) => Promise<PrivateServer>;

async function startPrivate(launch: Launch, options: PrivateOptions): Promise<PrivateTestServer> {
  const folder = mkdtempSync(join(tmpdir(), 'sagekeep-private-'));
  chmodSync(folder, 0o711);
  const all = { durable: true, password: 'private', ...options, folder };
  let server = await launch(all);
  const { port, url } = server;
  let children: number[] = [];
  const stop = async () => {
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
  };
  return {
    url,
    port,
    folder,
    pid: () => server.pid,
    async signal(name) {
      children = childrenOf(server.pid);
      process.kill(server.pid, name);
      if (name !== 'SIGSTOP' && name !== 'SIGCONT') await server.exited;
    },
    async restart() {
      await server.stop();
      // A busy backend outlives a postmaster that is killed, and none starts beside it.
      await waitFor(() => !children.some(isAlive), { what: 'the last backend to end' });
      server = await launch({ ...all, port });
    },
    stop,
    [Symbol.asyncDispose]: stop,
  };
}
