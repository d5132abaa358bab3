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
  /** Whether that run is there and has not ended. */
  readonly armed: boolean;
  readonly now: number;
}

/** What to do about a plan that a clock made which was ahead, or set back since; null when nothing is wrong. */
export type ClockStep = 'plan anew' | 'leave' | { readonly runAgainAt: number } | null;

/**
 * Whether a schedule stands still because a clock was ahead when its next run was planned. A run that happened under
 * that clock, hours before its time, is to be run again: BullMQ cannot plan a second job of its id, and stops there.
 */
export async function clockStep(look: Look): Promise<ClockStep> {
  const { queue, definition, next, armed, now } = look;
  const { name, cron, everyMs, timezone } = definition;
  // Clocks of two workers may differ by some seconds.
  if (cron === null) return next > now + 2 * (everyMs ?? 0) ? 'plan anew' : null;
  const due = nextRun(parseCron(cron), timezone, now);
  if (due === null || (armed && next <= due)) return null;
  if ((await queue.getJob(catchUpId(name, due))) !== undefined) return 'leave';
  const run = await queue.getJob(runId(name, due));
  if (run === undefined) return 'plan anew';
  // It was planned while we looked.
  if (run.finishedOn === undefined) return 'leave';
  return !armed || (await ranAhead(look, run, due)) ? { runAgainAt: due } : 'leave';
}

/** Whether what ran from `due` on ran hours ahead of this clock. */
async function ranAhead({ queue, definition, next, now }: Look, first: Job, due: number): Promise<boolean> {
  const { name, cron, timezone } = definition;
  const fields = parseCron(cron ?? '');
  let run: Job | undefined = first;
  for (let at: number | null = due; run !== undefined && at !== null && at < next; ) {
    if ((run.processedOn ?? 0) > now + sameHoursMs) return true;
    at = nextRun(fields, timezone, at);
    run = at === null ? undefined : await queue.getJob(runId(name, at));
  }
  return false;
}
