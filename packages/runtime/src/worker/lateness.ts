import { plannedRun } from '../schedules/runIds.ts';

const lateAfterMs = 5 * 60_000;

/** What the log and the report of a job say of when it runs; null when it runs in time, or no schedule made it. */
export function lateness(jobId: string, now: number): string | null {
  const run = plannedRun(jobId);
  if (run === null) return null;
  const planned = new Date(run.dueAt).toISOString();
  if (run.catchUp) return `A catch-up run: it was planned for ${planned} and did not happen then.`;
  return now - run.dueAt > lateAfterMs ? `A late run: it was planned for ${planned}.` : null;
}
