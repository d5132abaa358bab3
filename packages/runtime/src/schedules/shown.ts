import { type JobName, jobCatalogue, type Schedule } from '@sagekeep/contracts';
import type { Jobs } from '../jobs.ts';
import { parseCron } from './cron.ts';
import { nextRun } from './nextRun.ts';
import type { Definition } from './record.ts';

/** A schedule as it is shown: with the next run that Redis has for it, computed while Redis is known to be away. */
export async function shown(jobs: Jobs, definition: Definition, now: Date): Promise<Schedule> {
  return withNextRun(definition, now, definition.enabled ? await planned(jobs, definition) : null);
}

/** `planned` is what Redis says; without, the next run is computed. */
export function withNextRun(definition: Definition, now: Date, planned: number | null = null): Schedule {
  const next = definition.enabled ? (planned ?? computed(definition, now)) : null;
  return { ...definition, nextRunAt: next === null ? null : new Date(next).toISOString() };
}

async function planned(jobs: Jobs, definition: Definition): Promise<number | null> {
  if (!jobs.ready()) return null;
  const { queue } = jobCatalogue[definition.job as JobName];
  const stored = await jobs.ask(() => jobs.queue(queue).getJobScheduler(definition.name));
  return stored?.next ?? null;
}

function computed({ cron, timezone }: Definition, now: Date): number | null {
  return cron === null ? null : nextRun(parseCron(cron), timezone, now.getTime());
}
