import { isDeepStrictEqual } from 'node:util';
import { type JobName, jobCatalogue, type Log } from '@sagekeep/contracts';
import type { JobSchedulerJson, Queue } from 'bullmq';
import type { Jobs } from '../jobs.ts';
import { unreadableIn } from '../queues/mended.ts';
import { jobOptions } from '../queues/options.ts';
import { type ClockStep, clockStep } from './clockStep.ts';
import type { Wanted } from './definitions.ts';
import type { Definition } from './record.ts';
import { catchUpId, runId } from './runIds.ts';

/** What a synchronisation changed in Redis, by name of the schedule. */
export interface Changes {
  readonly set: readonly string[];
  readonly removed: readonly string[];
  /** Those whose lost run is made up for. */
  readonly caughtUp: readonly string[];
}

/** Makes the job schedulers in Redis what the definitions say; touches only what differs, and none whose record is damaged. */
export async function applyAll(
  jobs: Jobs,
  wanted: Wanted,
  about: { readonly log: Log; readonly now: number },
): Promise<Omit<Changes, 'caughtUp'>> {
  const { definitions } = wanted;
  const removed = await removeOthers(jobs, wanted, about.log);
  const set: string[] = [];
  for (const definition of definitions.values()) {
    if (!definition.enabled) continue;
    try {
      if (await applyOne(jobs, definition, about.now)) set.push(definition.name);
    } catch (error) {
      about.log.warn(
        { err: error, schedule: definition.name },
        'a schedule could not be set; tried again later',
      );
    }
  }
  return { set, removed };
}

/**
 * Sets one schedule unless Redis has it already. Setting it anew would drop a run that is overdue: BullMQ plans from
 * now. Resolves with whether anything was changed.
 */
export async function applyOne(jobs: Jobs, definition: Definition, now: number): Promise<boolean> {
  const queue = queueOf(jobs, definition.job as JobName);
  const stored = await queue.getJobScheduler(definition.name);
  const step = stored ? await stepOf(queue, stored, { definition, now }) : null;
  if (step === 'leave') return false;
  if (step !== null && step !== 'plan anew') {
    await addCatchUp(jobs, definition, { dueAt: step.runAgainAt, now });
    return true;
  }
  // BullMQ would keep the next time of a schedule that goes by an interval.
  if (step !== null && definition.cron === null) await queue.removeJobScheduler(definition.name);
  await plan(queue, definition);
  return true;
}

/** Adds the one run that makes up for a run which does not happen at its time by itself. */
export async function addCatchUp(
  jobs: Jobs,
  definition: Definition,
  { dueAt, now }: { dueAt: number; now: number },
): Promise<void> {
  const job = definition.job as JobName;
  await queueOf(jobs, job).add(job, payloadOf(definition), {
    ...jobOptions(job),
    jobId: catchUpId(definition.name, dueAt),
    delay: Math.max(dueAt - now, 0),
  });
}

/** What to do about a schedule that Redis has; null when it is not the one that is wanted. */
async function stepOf(
  queue: Queue,
  stored: JobSchedulerJson,
  { definition, now }: { definition: Definition; now: number },
): Promise<ClockStep> {
  if (!sameTiming(stored, definition)) return null;
  const next = stored.next ?? 0;
  const armed = await isArmed(queue, stored);
  if (armed && next < now) return 'leave';
  const step = await clockStep({ queue, definition, next, armed, now });
  return step === null && armed && sameWork(stored, definition) ? 'leave' : step;
}

async function plan(queue: Queue, definition: Definition): Promise<void> {
  const { cron, everyMs, timezone, job } = definition;
  const when = cron === null ? { every: everyMs ?? 0 } : { pattern: cron, tz: timezone };
  await queue.upsertJobScheduler(definition.name, when, {
    name: job,
    data: payloadOf(definition),
    opts: jobOptions(job as JobName),
  });
}

/** The payload of a scheduled job. */
function payloadOf({ job, payload }: Definition): Record<string, unknown> {
  return { ...payload, by: 'schedule', ...(job === 'backup' ? { reason: 'schedule' } : {}) };
}

function queueOf(jobs: Jobs, job: JobName): Queue {
  return jobs.queue(jobCatalogue[job].queue);
}

function sameTiming(stored: JobSchedulerJson, { cron, everyMs, timezone, job }: Definition): boolean {
  if (stored.name !== job) return false;
  return cron === null ? Number(stored.every) === everyMs : stored.pattern === cron && stored.tz === timezone;
}

function sameWork(stored: JobSchedulerJson, definition: Definition): boolean {
  const data: unknown = JSON.parse(JSON.stringify(payloadOf(definition)));
  const attempts = jobOptions(definition.job as JobName).attempts;
  return isDeepStrictEqual(stored.template?.data, data) && stored.template?.opts?.attempts === attempts;
}

/** Whether its next run is there and has not ended: waiting for its time, or (overdue) for a worker, or just begun. */
async function isArmed(queue: Queue, stored: JobSchedulerJson): Promise<boolean> {
  const run = await queue.getJob(runId(stored.key, stored.next ?? 0));
  return run !== undefined && run.finishedOn === undefined;
}

async function removeOthers(jobs: Jobs, { definitions, damaged }: Wanted, log: Log): Promise<string[]> {
  const removed: string[] = [];
  for (const queue of allQueues(jobs)) {
    for (const { key, template } of await queue.getJobSchedulers(0, -1)) {
      const unreadable = unreadableIn({ opts: template?.opts });
      if (unreadable.length > 0) log.warn({ schedule: key, unreadable }, 'a schedule is not whole in Redis');
      const wanted = definitions.get(key);
      const here = wanted !== undefined && queueOf(jobs, wanted.job as JobName) === queue;
      if ((here && wanted.enabled) || damaged.has(key)) continue;
      await queue.removeJobScheduler(key);
      removed.push(key);
    }
  }
  return removed;
}

function allQueues(jobs: Jobs): Queue[] {
  const names = new Set(Object.values(jobCatalogue).map(({ queue }) => queue));
  return [...names].map((name) => jobs.queue(name));
}
