import type { Started } from '../desk.ts';
import type { ExitCode } from '../exitCodes.ts';
import { jobText } from '../format/jobs.ts';
import type { Tool } from '../tool.ts';
import { tellFailed, tellLeft, verdictOf } from './carryOut.ts';
import { watch } from './watch.ts';

/** Watches a job of any kind until it ends and tells it as `sagekeep jobs` would. */
export async function followToEnd(tool: Tool, started: Started): Promise<ExitCode> {
  const watched = await watch(started, tool.world);
  if (watched.kind === 'left') return tellLeft(tool, started);
  const { job } = watched;
  if (job.state !== 'completed') return tellFailed(tool, job);
  const reader = { timeZone: tool.world.timeZone, now: tool.world.now() };
  // The story was shown while it happened.
  tool.print().answer(job, () => jobText({ ...job, log: [] }, reader));
  return verdictOf(job.result);
}
