import type { JobHandler } from '@sagekeep/runtime';
import type { WorkerDependencies } from '../dependencies.ts';

/** Swaps back what a restore swapped in. */
export function createUndoJob({ engine }: WorkerDependencies): JobHandler<'undo'> {
  return async (payload, context) => {
    const { record, downtimeMs } = await engine.undo(payload, context);
    return { restore: record.id, downtimeMs };
  };
}
