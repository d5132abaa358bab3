import { restoreResult } from '@sagekeep/engine';
import type { JobHandler } from '@sagekeep/runtime';
import type { WorkerDependencies } from '../dependencies.ts';

/** Puts a backup in place. */
export function createRestoreJob({ engine }: WorkerDependencies): JobHandler<'restore'> {
  return async (payload, context) => {
    const { record } = await engine.restore(payload, context);
    return restoreResult(record);
  };
}
