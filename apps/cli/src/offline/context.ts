import { randomUUID } from 'node:crypto';
import { type JobContext, type Progress, SagekeepError } from '@sagekeep/contracts';
import type { World } from '../world.ts';

/** Who hears what a piece of work says. */
export interface Listener {
  log(line: string): void;
  progress(progress: Progress): void;
}

/** Tells a manifest's or record's reader that no queue was involved. */
export function newJobId(): string {
  return `offline-${randomUUID()}`;
}

/** What the engine is given instead of a queue's job. Ctrl-C cancels the work, which then clears up after itself. */
export function createContext(world: World, jobId: string, listener: Listener): JobContext {
  const cancelled = new AbortController();
  const cancel = () => cancelled.abort(new SagekeepError('CANCELLED', 'Cancelled by Ctrl-C.'));
  if (world.interrupted.aborted) cancel();
  else world.interrupted.addEventListener('abort', cancel, { once: true });
  return {
    jobId,
    attempt: 1,
    actor: `offline:${world.user}`,
    signal: cancelled.signal,
    log: listener.log,
    progress: listener.progress,
    border: async () => undefined,
  };
}
