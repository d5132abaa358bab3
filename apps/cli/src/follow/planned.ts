import { PlanJobResult, type PostPlan, type RestorePlan, SagekeepError } from '@sagekeep/contracts';
import type { Desk } from '../desk.ts';
import type { Tool } from '../tool.ts';
import { watch } from './watch.ts';

/** Has a plan made and waits for it. Throws what the job failed with, `CANCELLED` on Ctrl-C. */
export async function planned(tool: Tool, desk: Desk, body: PostPlan): Promise<RestorePlan> {
  const watched = await watch(await desk.start({ job: 'plan', body }), tool.world);
  if (watched.kind === 'left') throw new SagekeepError('CANCELLED', 'Stopped before anything was restored.');
  const { job } = watched;
  if (job.state === 'completed') return PlanJobResult.parse(job.result).plan;
  const advice = job.error?.advice ?? `See: sagekeep jobs ${job.queue}/${job.id}`;
  throw new SagekeepError(
    'RESTORE_REFUSED',
    `No plan could be made: ${job.error?.message ?? 'no reason recorded'}`,
    {
      advice,
    },
  );
}
