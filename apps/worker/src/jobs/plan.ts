import type { JobHandler } from '@sagekeep/runtime';
import type { WorkerDependencies } from '../dependencies.ts';

/** Says what a restore would do; changes nothing. */
export function createPlanJob({ engine }: WorkerDependencies): JobHandler<'plan'> {
  return async (payload, context) => ({ plan: await engine.plan(payload, context) });
}
