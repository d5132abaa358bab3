import type { JobHandler } from '@sagekeep/runtime';
import type { WorkerDependencies } from '../dependencies.ts';

/** Asks a live database every check of the mode. Findings are a result, not a failure. */
export function createVerifyJob({ engine }: WorkerDependencies): JobHandler<'verify'> {
  return async (payload, context) => {
    const { status, findings } = await engine.verify(payload, context);
    return { status, findings };
  };
}
