import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

/**
 * What a killed start left behind in a cluster's folder: a server that is still ending is waited for, a pid file whose
 * number belongs to somebody else by now is removed. Only for folders that no other start may be using.
 */
export async function endLeftover(data: string): Promise<void> {
  const file = join(data, 'postmaster.pid');
  if (!existsSync(file)) return;
  const pid = Number(readFileSync(file, 'utf8').split('\n')[0]);
  if (servesFolder(pid, data)) process.kill(pid, 'SIGINT');
  while (servesFolder(pid, data)) await delay(40);
  rmSync(file, { force: true });
}

/** Whether that process is a postgres started on this folder. */
function servesFolder(pid: number, data: string): boolean {
  try {
    const argv = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
    return argv[argv.indexOf('-D') + 1] === data && /(^|\/)postgres$/.test(argv[0] ?? '');
  } catch {
    return false;
  }
}
