import { type JobName, jobCatalogue, type Log } from '@sagekeep/contracts';
import type { Job, Queue } from 'bullmq';
import type { Jobs } from '../jobs.ts';
import { addCatchUp } from './apply.ts';
import type { Definition } from './record.ts';
import { catchUpId, runId } from './runIds.ts';

/** When each schedule runs next, by name; instants in UTC. */
export type NextRuns = Readonly<Record<string, string>>;

/** Where the next runs are kept, for a Redis that loses them; the vault's records fit. */
export interface RunRecords {
  next(): Promise<NextRuns>;
  keep(next: NextRuns): Promise<void>;
  /** Whether this job has left a report: then it was carried out, whatever Redis has forgotten. */
  reported(jobId: string): Promise<boolean>;
}

interface About {
  readonly jobs: Jobs;
  readonly definitions: ReadonlyMap<string, Definition>;
  readonly runs: RunRecords;
  readonly kept: NextRuns;
  readonly now: number;
  readonly log: Log;
}

/**
 * Adds one catch-up run for each schedule that Redis has lost with a run that has fallen due. To be called before they
 * are set again. A schedule that is new has no kept time, and so nothing to make up for.
 */
export async function catchUp({ jobs, definitions, runs, kept, now }: About): Promise<string[]> {
  const caughtUp: string[] = [];
  for (const definition of definitions.values()) {
    const { name, cron, enabled } = definition;
    const dueAt = Date.parse(kept[name] ?? '');
    // One that goes by an interval runs at once when it is set.
    if (!enabled || cron === null || !(dueAt <= now)) continue;
    if (await queueOf(jobs, definition).getJobScheduler(name)) continue;
    if ((await runs.reported(runId(name, dueAt))) || (await runs.reported(catchUpId(name, dueAt)))) continue;
    await addCatchUp(jobs, definition, { dueAt, now });
    caughtUp.push(name);
  }
  return caughtUp;
}

/** Keeps when each schedule runs next; the time of a run that has not ended stays until it has. */
export async function keepNextRuns(about: About): Promise<void> {
  const { definitions, runs, kept, log } = about;
  const next: Record<string, string> = {};
  for (const definition of definitions.values()) {
    if (!definition.enabled) continue;
    const at = await nextOf(about, definition);
    if (at !== undefined) next[definition.name] = at;
  }
  const names = new Set([...Object.keys(kept), ...Object.keys(next)]);
  if ([...names].every((name) => kept[name] === next[name])) return;
  await runs.keep(next).catch((error: unknown) => {
    log.warn({ err: error }, 'the next runs of schedules could not be kept; tried again later');
  });
}

async function nextOf({ jobs, kept }: About, definition: Definition): Promise<string | undefined> {
  const { name } = definition;
  const queue = queueOf(jobs, definition);
  const stored = await queue.getJobScheduler(name);
  const before = kept[name];
  if (stored?.next === undefined) return before;
  const dueAt = Date.parse(before ?? '');
  if (dueAt < stored.next && (await isOpen(queue, name, dueAt))) return before;
  return new Date(stored.next).toISOString();
}

async function isOpen(queue: Queue, name: string, dueAt: number): Promise<boolean> {
  const runs = [await queue.getJob(runId(name, dueAt)), await queue.getJob(catchUpId(name, dueAt))];
  return runs.some((run: Job | undefined) => run !== undefined && run.finishedOn === undefined);
}

function queueOf(jobs: Jobs, { job }: Definition): Queue {
  return jobs.queue(jobCatalogue[job as JobName].queue);
}
