import type { JobHandler } from '@sagekeep/runtime';
import type { WorkerDependencies } from '../dependencies.ts';

/** Puts a backup in place. */
export function createRestoreJob({ engine }: WorkerDependencies): JobHandler<'restore'> {
  return async (payload, context) => {
    const { record } = await engine.restore(payload, context);
    return {
      restore: record.id,
      downtimeMs: record.downtimeMs,
      safetyBackup: record.safetyBackup,
      proof: record.proof?.result ?? 'none',
    };
  };
}
