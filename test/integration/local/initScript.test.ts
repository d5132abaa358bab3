import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, chownSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Redis } from 'ioredis';
import { expect, it } from 'vitest';
import { temporaryFolder } from '../../support/folders.ts';

const script = readFileSync('scripts/docker/init.sh', 'utf8');

const mine = process.getuid?.() ?? 0;
const owner = mine === 0 ? 1000 : mine;
const group = mine === 0 ? 1000 : (process.getgid?.() ?? 1000);

/** Runs the script as if `root` were the container's own, by the user of this process or one without rights. */
function prepare(root: string, pgid = group): void {
  const local = script.replaceAll('=/sagekeep/', `=${root}/`);
  const env = { ...process.env, PUID: String(owner), PGID: String(pgid) };
  execFileSync('sh', ['-c', local], { env, stdio: 'pipe' });
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
    // However long the server takes to start: a ping waits for it.
    const patient = { lazyConnect: true, retryStrategy: () => 20, maxRetriesPerRequest: null };
    const client = new Redis(url, { ...patient, path: socket });
    const stranger = new Redis({ path: socket, lazyConnect: true, retryStrategy: () => null });
    for (const one of [client, stranger]) one.on('error', () => undefined);
    try {
      await client.ping();
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

it('a group that is not PGID is told with advice, and neither stops the start nor is changed', () => {
  using folder = temporaryFolder();
  prepare(folder.path);
  const file = join(folder.path, 'backups', 'sage', 'copied.sql');
  mkdirSync(dirname(file));
  writeFileSync(file, '');
  for (const path of [dirname(file), file]) chownSync(path, owner, group);
  prepare(folder.path, group + 1);
  const said = () => readFileSync(join(folder.path, 'data/logs/supervisor/init.log'), 'utf8');
  expect(said()).toContain(
    `WARNING: ./backups belongs to gid ${group}, but PGID is ${group + 1}. Set PGID=${group} in .env, or give it to that group yourself: chgrp -R ${group + 1}`,
  );
  expect(said()).not.toContain('WARNING: in ');
  for (const path of [file, join(folder.path, 'backups')]) expect(statSync(path).gid).toBe(group);
});

it('a file of another group in a folder of PGID is told, and none of its own', () => {
  using folder = temporaryFolder();
  prepare(folder.path);
  const file = join(folder.path, 'backups', 'copied.sql');
  writeFileSync(file, '');
  // Only root gives files to any group; a user with a single one has nothing to be told.
  const foreign = mine === 0 ? group + 7 : (process.getgroups?.().find((one) => one !== group) ?? group);
  chownSync(file, owner, foreign);
  prepare(folder.path);
  const said = readFileSync(join(folder.path, 'data/logs/supervisor/init.log'), 'utf8');
  const told = `in ./backups, copied.sql belongs to ${owner}:${foreign} and not to PUID:PGID ${owner}:${group};`;
  expect(said.includes(told)).toBe(foreign !== group);
  expect(statSync(file).gid).toBe(foreign);
});
