import { mkdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';

const staleAfterMs = 5 * 60_000;
const refreshMs = 60_000;

/** A log file's name that no other live process in this folder uses: two writers would tear its rotation apart. */
export interface ClaimedName {
  readonly name: string;
  release(): void;
}

/** Claims `worker`, or `worker-2`, `worker-3` … while others hold it. */
export function claimLogName(folder: string, process: string): ClaimedName {
  mkdirSync(folder, { recursive: true });
  for (let number = 1; ; number += 1) {
    const name = number === 1 ? process : `${process}-${number}`;
    const path = join(folder, `.${name}.claim`);
    if (take(path)) return hold(path, name);
  }
}

function take(path: string): boolean {
  for (const flag of ['wx', 'again'] as const) {
    try {
      writeFileSync(path, JSON.stringify({ host: hostname(), pid: process.pid }), { flag: 'wx' });
      return true;
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
      if (flag === 'again' || !isStale(path)) return false;
      rmSync(path, { force: true });
    }
  }
  return false;
}

function isStale(path: string): boolean {
  try {
    const owner: unknown = JSON.parse(readFileSync(path, 'utf8'));
    if (Date.now() - statSync(path).mtimeMs > staleAfterMs) return true;
    if (owner === null || typeof owner !== 'object' || !('host' in owner) || !('pid' in owner)) return false;
    // Process ids mean nothing across hosts and containers.
    return owner.host === hostname() && typeof owner.pid === 'number' && !isAlive(owner.pid);
  } catch {
    return false;
  }
}

function isAlive(pid: number): boolean {
  if (pid === process.pid) return true;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

function hold(path: string, name: string): ClaimedName {
  const timer = setInterval(() => touch(path), refreshMs);
  timer.unref();
  return {
    name,
    release() {
      clearInterval(timer);
      rmSync(path, { force: true });
    },
  };
}

function touch(path: string): void {
  try {
    utimesSync(path, new Date(), new Date());
  } catch {
    // The folder may be gone or read-only; the claim then simply ages.
  }
}
