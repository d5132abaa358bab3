import { readFileSync } from 'node:fs';

/** When the process with this pid began, in the kernel's ticks since boot; null when there is none, or no /proc. */
function startOf(pid: number): string | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The name may hold spaces and brackets: fields are counted from its end. Field 22 is the start (proc(5)).
    return (
      stat
        .slice(stat.lastIndexOf(')') + 2)
        .split(' ')
        .at(19) ?? null
    );
  } catch {
    return null;
  }
}

/** Names this very process, `<pid>-<start>`: pids are used again, and in a container the same one at every start. */
export function processMark(): string {
  return `${process.pid}-${startOf(process.pid) ?? '0'}`;
}

/** Whether the process so named certainly runs no more. False where the system does not tell. */
export function isGone(mark: string): boolean {
  const [pid = '', start = ''] = mark.split('-');
  if (startOf(process.pid) === null || start === '0') return false;
  return startOf(Number(pid)) !== start;
}
