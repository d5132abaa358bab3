import { mkdirSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { SagekeepError } from '@sagekeep/contracts';
import { Redis } from 'ioredis';
import { type Child, startChild } from './child.ts';
import { ownIdentity } from './identity.ts';
import type { PrivateServer } from './postgres.ts';
import { onFreePort, PortTaken } from './retryPort.ts';
import { endLeftoverRedis, redisPidFile } from './stale.ts';

export interface RedisOptions {
  /** Where its append-only file lives; created at the first start, found again at the next. */
  readonly folder: string;
  /** Path of `redis-server`. */
  readonly program: string;
  readonly password: string;
  /** File that its output is appended to. */
  readonly log: string;
  /** Without, any free port. */
  readonly port?: number;
  /** False keeps nothing on disk: for tests. */
  readonly durable?: boolean;
}

/** Starts a Redis of our own and resolves once it answers and has loaded its data. */
export async function startRedis(options: RedisOptions): Promise<PrivateServer> {
  mkdirSync(options.folder, { recursive: true, mode: 0o700 });
  const folder = realpathSync(options.folder);
  await endLeftoverRedis(folder);
  return onFreePort(options.port, (port) => launch(port, { ...options, folder }));
}

async function launch(port: number, options: RedisOptions): Promise<PrivateServer> {
  const before = statSync(options.log, { throwIfNoEntry: false })?.size ?? 0;
  const child = startChild({
    program: options.program,
    args: ['-'],
    environment: { PATH: '/usr/bin:/bin', LC_ALL: 'C.UTF-8', TZ: 'UTC' },
    identity: ownIdentity(),
    endSignal: 'SIGTERM',
    log: options.log,
    input: configuration(port, options),
  });
  const url = `redis://:${encodeURIComponent(options.password)}@127.0.0.1:${port}`;
  try {
    await answering(child, url);
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

function configuration(port: number, { folder, password, durable = true }: RedisOptions): string {
  return [
    `port ${port}`,
    'bind 127.0.0.1',
    `requirepass ${quoted(password)}`,
    `dir ${quoted(folder)}`,
    `pidfile ${quoted(redisPidFile(folder))}`,
    'maxmemory-policy noeviction',
    `appendonly ${durable ? 'yes' : 'no'}`,
    'save ""',
    '',
  ].join('\n');
}

function quoted(text: string): string {
  return `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;
}

/** Another Redis on the same port with the same password is not ours. */
function processId(info: string): number {
  return Number(/^process_id:(\d+)/m.exec(info)?.[1]);
}

async function answering(child: Child, url: string): Promise<void> {
  for (;;) {
    if (!child.running()) throw new Error('the server ended at its start');
    const client = new Redis(url, { lazyConnect: true, retryStrategy: () => null, maxRetriesPerRequest: 0 });
    client.on('error', () => undefined);
    try {
      await client.connect();
      if (processId(await client.info('server')) === child.pid) return;
    } catch (error) {
      if (/WRONGPASS|NOAUTH/.test(String(error))) throw error;
    } finally {
      client.disconnect();
    }
    await Promise.race([delay(40), child.exited]);
  }
}

function failedToStart(log: string, cause: unknown): Error {
  if (/Address already in use/.test(log)) return new PortTaken();
  const words = log.trim().split('\n').slice(-5).join('\n') || String(cause);
  return new SagekeepError('SERVER_UNREACHABLE', `The private Redis did not start: ${words}`, {
    advice: 'See its log; when its data is not worth keeping, delete data/local/redis and start again.',
    cause,
  });
}
