import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { expect, it } from 'vitest';
import { waitFor } from '../../support/events.ts';
import { temporaryFolder } from '../../support/folders.ts';

const script = readFileSync('scripts/docker/init.sh', 'utf8');

/** Runs the script as if `root` were the container's own, by the user of this process or one without rights. */
function prepare(root: string): void {
  const mine = process.getuid?.() ?? 0;
  const owner = String(mine === 0 ? 1000 : mine);
  const group = String(mine === 0 ? 1000 : (process.getgid?.() ?? 1000));
  const local = script.replaceAll('=/sagekeep/', `=${root}/`);
  execFileSync('sh', ['-c', local], { env: { ...process.env, PUID: owner, PGID: group }, stdio: 'pipe' });
}

it.each(['p@ss/w#rd', 'two words', `"it's" \\x41 $HOME &\\n %41?`, 'ünïcode'])(
  'a password of Redis that a person has put there is the one of server and URLs alike: %s',
  async (password) => {
    using folder = temporaryFolder();
    const secrets = join(folder.path, 'data', 'secrets');
    mkdirSync(join(secrets, 'redis'), { recursive: true });
    writeFileSync(join(secrets, 'redis', 'password'), password);
    prepare(folder.path);
    chmodSync(folder.path, 0o711);

    const socket = join(folder.path, 'redis.sock');
    const settings = ['--port', '0', '--unixsocket', socket, '--save', '', '--dir', folder.path];
    const server = spawn('redis-server', [join(secrets, 'redis', 'redis.conf'), ...settings]);
    const ended = once(server, 'exit');
    const url = readFileSync(join(secrets, 'worker', 'redis_url'), 'utf8');
    const client = new Redis(url, { path: socket, lazyConnect: true, retryStrategy: () => 20 });
    const stranger = new Redis({ path: socket, lazyConnect: true, retryStrategy: () => null });
    for (const one of [client, stranger]) one.on('error', () => undefined);
    try {
      await waitFor(() => client.ping(), { what: 'Redis', withinMs: 5_000 });
      expect(new URL(url).hostname).toBe('redis');
      expect(readFileSync(join(secrets, 'api', 'redis_url'), 'utf8')).toBe(url);
      await expect(stranger.ping()).rejects.toThrow('NOAUTH');
    } finally {
      client.disconnect();
      stranger.disconnect();
      server.kill();
      await ended;
    }
  },
);
