import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { SagekeepError } from '@sagekeep/contracts';
import pg from 'pg';
import type { PostgresInstallation } from '../provide/installed.ts';
import { type Child, startChild } from './child.ts';
import { ensureCluster } from './cluster.ts';
import { type Identity, postgresIdentity } from './identity.ts';
import { placeFor } from './place.ts';
import { onFreePort, PortTaken } from './retryPort.ts';
import { endLeftoverPostgres } from './stale.ts';

export interface PostgresOptions {
  /** Where its data lives; created at the first start, found again at the next. */
  readonly folder: string;
  readonly installation: PostgresInstallation;
  /** Of the superuser `postgres`; the same at every start. */
  readonly password: string;
  /** File that its output is appended to. */
  readonly log: string;
  /** Without, any free port. */
  readonly port?: number;
  /** Server settings besides ours, e.g. `{ fsync: 'off' }`. */
  readonly settings?: Readonly<Record<string, string>>;
}

/** A server that we started, on 127.0.0.1 only, and that ends with us. */
export interface PrivateServer {
  /** With the password: never print it. */
  readonly url: string;
  readonly port: number;
  readonly pid: number;
  readonly exited: Child['exited'];
  running(): boolean;
  /** Ends it cleanly and resolves once it is gone. */
  stop(): Promise<void>;
}

/** Starts a PostgreSQL of our own and resolves once it answers. As root it runs as the user `postgres`. */
export async function startPostgres(options: PostgresOptions): Promise<PrivateServer> {
  const identity = await postgresIdentity();
  const place = await placeFor(options.folder, identity);
  const data = await ensureCluster({ ...options, place, identity });
  await endLeftoverPostgres(data);
  return onFreePort(options.port, (port) => launch(port, { options, identity, data }));
}

interface Launch {
  readonly options: PostgresOptions;
  readonly identity: Identity;
  readonly data: string;
}

async function launch(port: number, { options, identity, data }: Launch): Promise<PrivateServer> {
  const before = statSync(options.log, { throwIfNoEntry: false })?.size ?? 0;
  const child = startChild({
    program: join(options.installation.bin, 'postgres'),
    args: ['-D', data, ...settings(port, options.settings)],
    environment: { PATH: '/usr/bin:/bin', LC_ALL: 'C.UTF-8', TZ: 'UTC' },
    identity,
    endSignal: 'SIGINT',
    log: options.log,
  });
  const url = `postgresql://postgres:${encodeURIComponent(options.password)}@127.0.0.1:${port}/postgres`;
  try {
    await answering(child, data, url);
  } catch (cause) {
    await child.stop();
    throw failedToStart(readFileSync(options.log, 'utf8').slice(before), cause);
  }
  return {
    url,
    port,
    pid: child.pid,
    exited: child.exited,
    running: child.running,
    stop: async () => void (await child.stop()),
  };
}

function settings(port: number, more: Readonly<Record<string, string>> = {}): string[] {
  const all = {
    port: String(port),
    listen_addresses: '127.0.0.1',
    // Its path may be longer than a socket's name can be; loopback with passwords is enough.
    unix_socket_directories: '',
    timezone: 'UTC',
    log_timezone: 'UTC',
    ...more,
  };
  return Object.entries(all).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
}

/**
 * Recovery after a crash may take long: we wait as long as the server lives. It says so itself in its pid file, so that
 * another server on the same port is not mistaken for it.
 */
async function answering(child: Child, data: string, url: string): Promise<void> {
  while (!saysReady(child, data)) {
    if (!child.running()) throw new Error('the server ended at its start');
    await Promise.race([delay(40), child.exited]);
  }
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => undefined);
  await client.connect();
  await client.end();
}

/** The first line of `postmaster.pid` is its pid, the eighth its state. */
function saysReady(child: Child, data: string): boolean {
  try {
    const lines = readFileSync(join(data, 'postmaster.pid'), 'utf8').split('\n');
    return Number(lines[0]) === child.pid && lines[7]?.trim() === 'ready';
  } catch {
    return false;
  }
}

function failedToStart(log: string, cause: unknown): Error {
  if (/Address already in use/.test(log)) return new PortTaken();
  const words = log.trim().split('\n').slice(-5).join('\n') || String(cause);
  return new SagekeepError('SERVER_UNREACHABLE', `The private PostgreSQL did not start: ${words}`, {
    advice: 'See its log; when its data is not worth keeping, delete data/local and start again.',
    cause,
  });
}
