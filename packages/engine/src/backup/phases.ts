import type { JobContext } from '@sagekeep/contracts';

/** The phases of a backup, in order, with the progress (0–100) at which each begins. */
const phases = {
  preflight: { at: 0, line: 'Asking the server, the client tools and the storage.' },
  snapshot: { at: 2, line: 'Locking every table and taking one snapshot.' },
  dump: { at: 4, line: 'Reading the database, once.' },
  globals: { at: 44, line: 'Writing down roles and the properties of the database.' },
  store: { at: 45, line: 'Flushing what was read to the disk; the database is done with.' },
  derive: { at: 46, line: 'Deriving the SQL from the archive, counting every row.' },
  check: { at: 88, line: 'Reading every file back from the disk.' },
  publish: { at: 98, line: 'Writing the manifest and making the backup visible.' },
} as const;
export type BackupPhase = keyof typeof phases;

export interface Phases {
  /** Duration of each phase so far, ms, all its rounds together. */
  readonly timings: Readonly<Record<string, number>>;
  /** Tells that the phase begins, times it, and stops at the border `backup:<phase>` when it is done. */
  run<Result>(phase: BackupPhase, work: () => Promise<Result>): Promise<Result>;
}

export function createPhases(context: JobContext): Phases {
  const timings: Record<string, number> = {};
  return {
    timings,
    async run(phase, work) {
      context.signal.throwIfAborted();
      const { at, line } = phases[phase];
      context.log(`${phase}: ${line}`);
      context.progress({ progress: at, phase });
      const began = performance.now();
      const result = await work().finally(() => {
        timings[phase] = Math.round((timings[phase] ?? 0) + performance.now() - began);
      });
      await context.border(`backup:${phase}`);
      return result;
    },
  };
}
