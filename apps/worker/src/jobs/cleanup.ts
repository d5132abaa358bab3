import type { JobHandler } from '@sagekeep/runtime';
import type { WorkerDependencies } from '../dependencies.ts';
import { jobsInFlight } from './inFlight.ts';

/** Carries out what retention decides; keeps whatever a queued or running job will read. */
export function createCleanupJob({ engine, jobs, vault }: WorkerDependencies): JobHandler<'cleanup'> {
  return async (payload, context) => {
    const ask = () => jobsInFlight(jobs, vault);
    const inFlight = await ask();
    const { plan } = await engine.cleanup(
      payload,
      context,
      inFlight.known ? { ...inFlight, again: ask } : inFlight,
    );
    return {
      plan: plan.plan,
      freedBytes: plan.freedBytes,
      planHash: plan.planHash,
      refused: plan.refused,
      dryRun: payload.dryRun,
    };
  };
}
