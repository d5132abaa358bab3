import { isDeepStrictEqual } from 'node:util';
import { type JobName, jobCatalogue, type Log } from '@sagekeep/contracts';
import type { JobSchedulerJson, Queue } from 'bullmq';
import type { Jobs } from '../jobs.ts';
import { jobOptions } from '../queues/options.ts';
import type { Definition } from './record.ts';

/** What a synchronisation changed in Redis. */
export interface Changes {
  readonly set: readonly string[];
  readonly removed: readonly string[];
}

/** Makes the job schedulers in Redis what the definitions say; touches only what differs. */
export async function applyAll(
  jobs: Jobs,
  definitions: ReadonlyMap<string, Definition>,
  log: Log,
): Promise<Changes> {
  const removed = await removeOthers(jobs, definitions);
  const set: string[] = [];
  for (const definition of definitions.values()) {
    if (!definition.enabled) continue;
    try {
      if (await applyOne(jobs, definition)) set.push(definition.name);
    } catch (error) {
      log.warn({ err: error, schedule: definition.name }, 'a schedule could not be set; tried again later');
    }
  }
  return { set, removed };
}

/**
 * Sets one schedule unless Redis has it already. Setting it anew would drop a run that is overdue: BullMQ plans from
 * now. Resolves with whether anything was changed.
 */
export async function applyOne(jobs: Jobs, definition: Definition): Promise<boolean> {
  const queue = queueOf(jobs, definition.job as JobName);
  const stored = await queue.getJobScheduler(definition.name);
  if (stored !== undefined && stored !== null) {
    const sameTime = sameTiming(stored, definition);
    const overdue = sameTime && (stored.next ?? 0) < Date.now();
    if (overdue && (await isArmed(queue, stored))) return false;
    if (sameTime && sameWork(stored, definition) && (await isArmed(queue, stored))) return false;
  }
  const { cron, everyMs, timezone, job } = definition;
  const when = cron === null ? { every: everyMs ?? 0 } : { pattern: cron, tz: timezone };
  await queue.upsertJobScheduler(definition.name, when, {
    name: job,
    data: payloadOf(definition),
    opts: jobOptions(job as JobName),
  });
  return true;
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

/** Whether its next run is there: waiting for its time, or (overdue) for a worker, or just begun. */
async function isArmed(queue: Queue, stored: JobSchedulerJson): Promise<boolean> {
  return (await queue.getJob(`repeat:${stored.key}:${stored.next}`)) !== undefined;
}

async function removeOthers(jobs: Jobs, definitions: ReadonlyMap<string, Definition>): Promise<string[]> {
  const removed: string[] = [];
  for (const queue of allQueues(jobs)) {
    for (const { key } of await queue.getJobSchedulers(0, -1)) {
      const wanted = definitions.get(key);
      const here = wanted !== undefined && queueOf(jobs, wanted.job as JobName) === queue;
      if (here && wanted.enabled) continue;
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
