import type { JobHandler } from '@sagekeep/runtime';
import type { WorkerDependencies } from '../dependencies.ts';
import { jobsInFlight } from './inFlight.ts';

/** Like that of an attempt that nobody works on. */
const draftLifeMs = 60 * 60 * 1000;

/** Carries out what retention decides; keeps whatever a queued or running job will read. */
export function createCleanupJob({ engine, jobs, vault, now }: WorkerDependencies): JobHandler<'cleanup'> {
  return async (payload, context) => {
    const ask = () => jobsInFlight(jobs, vault);
    const inFlight = await ask();
    const { plan } = await engine.cleanup(
      payload,
      context,
      inFlight.known ? { ...inFlight, again: ask } : inFlight,
    );
    if (!payload.dryRun)
      await vault.storage
        .clearDrafts(new Date(now().getTime() - draftLifeMs))
        .catch((error: unknown) =>
          context.log(`Drafts are left: ${error instanceof Error ? error.message : error}`),
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
