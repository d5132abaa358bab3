import { readdirSync, readFileSync } from 'node:fs';
import { waitFor } from './events.ts';

/** Processes whose parent is `parent`, of this name or of any. */
export function childrenOf(parent: number, name?: string): number[] {
  return readdirSync('/proc')
    .filter((entry) => /^\d+$/.test(entry))
    .filter((pid) => {
      try {
        const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
        const [, comm, rest] = /^\d+ \((.*)\) (.*)$/s.exec(stat) ?? [];
        const [state, ppid] = (rest ?? '').split(' ');
        return (name ?? comm) === comm && Number(ppid) === parent && state !== 'Z';
      } catch {
        return false;
      }
    })
    .map(Number);
}

/** Waits for such a process. */
export function childOf(parent: number, name: string): Promise<number> {
  return waitFor(() => childrenOf(parent, name)[0], { what: `${name} to run` });
}

/** Whether a process is there and is no zombie. */
export function isAlive(pid: number): boolean {
  try {
    return !/^\d+ \(.*\) Z/s.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}
