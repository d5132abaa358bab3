import type { JobContext } from '@sagekeep/contracts';

/** Runs the phases of a piece of work: tells them, times them, and stops at their borders. */
export interface Phases {
  readonly timings: Readonly<Record<string, number>>;
  /** `at` is the progress (0–100) when it begins. */
  run<Result>(name: string, at: number, work: () => Promise<Result>): Promise<Result>;
}

/** `prefix` names the borders: `restore:data` is crossed when the phase `data` is done. */
export function createPhases(context: JobContext, prefix: string): Phases {
  const timings: Record<string, number> = {};
  return {
    timings,
    async run(name, at, work) {
      context.signal.throwIfAborted();
      context.log(name);
      context.progress({ progress: at, phase: name });
      const began = performance.now();
      try {
        const result = await work();
        await context.border(`${prefix}:${name}`);
        return result;
      } finally {
        timings[name] = Math.round((timings[name] ?? 0) + performance.now() - began);
      }
    },
  };
}
