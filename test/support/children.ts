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

/** Stops such a process in the midst of its work, and resolves with its pid: it stands still until it is sent a SIGCONT or SIGKILL. */
export function stoppedChildOf(parent: number, name: string): Promise<number> {
  const stopped = () => childrenOf(parent, name).slice(0, 1).find(stop);
  return waitFor(stopped, { what: `${name} to be stopped at its work` });
}

/** False when it has ended, or has not stopped yet. */
function stop(pid: number): boolean {
  try {
    process.kill(pid, 'SIGSTOP');
  } catch {
    return false;
  }
  return stateOf(pid) === 'T';
}

/** Whether a process is there and is no zombie. */
export function isAlive(pid: number): boolean {
  const state = stateOf(pid);
  return state !== undefined && state !== 'Z';
}

/** As `ps` shows it; undefined when there is no such process. */
function stateOf(pid: number): string | undefined {
  try {
    return /^\d+ \(.*\) (\S)/s.exec(readFileSync(`/proc/${pid}/stat`, 'utf8'))?.[1];
  } catch {
    return undefined;
  }
}
