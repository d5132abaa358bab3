import { readFileSync, readlinkSync } from 'node:fs';
import { z } from 'zod';

/** Who works on an attempt. `machine` is null where pids mean nothing to others. */
export const Owner = z.looseObject({
  jobId: z.string(),
  attempt: z.int(),
  pid: z.int(),
  machine: z.string().nullable(),
  touchedAt: z.iso.datetime(),
});
export type Owner = z.infer<typeof Owner>;

/**
 * Names the running kernel and the process namespace in it: only where both are equal does a pid name the same
 * process. Host names do not tell: two containers may share one.
 */
export function machineId(): string | null {
  try {
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    return `${boot}/${readlinkSync('/proc/self/ns/pid')}`;
  } catch {
    return null;
  }
}

/** True only when the process that worked on the attempt certainly runs no more. */
export function isDead(owner: Owner, machine: string | null): boolean {
  if (machine === null || owner.machine !== machine) return false;
  try {
    process.kill(owner.pid, 0);
    return false;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'ESRCH';
  }
}
