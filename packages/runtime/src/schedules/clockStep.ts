import type { Job, Queue } from 'bullmq';
import { parseCron } from './cron.ts';
import { nextRun } from './nextRun.ts';
import type { Definition } from './record.ts';
import { catchUpId, runId } from './runIds.ts';

/** A clock set back by no more than this shows the same hours twice: what ran in them is not run again. */
const sameHoursMs = 3 * 3_600_000;

/** A schedule as Redis has it, seen by the clock of this process. */
export interface Look {
  readonly queue: Queue;
  readonly definition: Definition;
  /** The planned time of its next run, ms. */
  readonly next: number;
  readonly now: number;
}

/** What is wrong with a plan that a clock made which was ahead; null when nothing is. */
export type ClockStep = 'plan anew' | { readonly runAgainAt: number } | null;

/**
 * Whether a schedule stands still because a clock was ahead when its next run was planned. A run that happened under
 * that clock, hours before its time, is to be run again: its job cannot be planned a second time.
 */
export async function clockStep({ queue, definition, next, now }: Look): Promise<ClockStep> {
  const { name, cron, everyMs, timezone } = definition;
  // Clocks of two workers may differ by some seconds.
  if (cron === null) return next > now + 2 * (everyMs ?? 0) ? 'plan anew' : null;
  const fields = parseCron(cron);
  const due = nextRun(fields, timezone, now);
  if (due === null || next <= due) return null;
  if ((await queue.getJob(catchUpId(name, due))) !== undefined) return null;
  let run = await queue.getJob(runId(name, due));
  if (run === undefined) return 'plan anew';
  let at: number | null = due;
  while (run !== undefined && at !== null && at < next) {
    if (startedAt(run) > now + sameHoursMs) return { runAgainAt: due };
    at = nextRun(fields, timezone, at);
    run = at === null ? undefined : await queue.getJob(runId(name, at));
  }
  return null;
}

function startedAt(run: Job): number {
  return run.processedOn ?? 0;
}
