import { existsSync, readFileSync, readlinkSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

/**
 * What a killed start left behind in a cluster's folder: a server that is still ending is waited for, a pid file whose
 * number belongs to somebody else by now is removed. Only for folders that no other start may be using.
 */
export function endLeftoverPostgres(data: string): Promise<void> {
  return endLeftover(join(data, 'postmaster.pid'), 'SIGINT', (pid) => {
    const argv = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
    return /(^|\/)postgres$/.test(argv[0] ?? '') && argv[argv.indexOf('-D') + 1] === data;
  });
}

/** The same for a Redis, which works in its folder. */
export function endLeftoverRedis(folder: string): Promise<void> {
  return endLeftover(redisPidFile(folder), 'SIGTERM', (pid) => readlinkSync(`/proc/${pid}/cwd`) === folder);
}

export function redisPidFile(folder: string): string {
  return join(folder, 'redis.pid');
}

async function endLeftover(
  file: string,
  signal: NodeJS.Signals,
  isOurs: (pid: number) => boolean,
): Promise<void> {
  if (!existsSync(file)) return;
  const pid = Number(readFileSync(file, 'utf8').split('\n')[0]);
  const alive = () => {
    try {
      return isOurs(pid);
    } catch {
      return false;
    }
  };
  if (alive()) process.kill(pid, signal);
  while (alive()) await delay(40);
  rmSync(file, { force: true });
}
