import {
  type Configuration,
  isSagekeepError,
  type JobName,
  jobCatalogue,
  type Log,
  SagekeepError,
  type Schedule,
  type ScheduleBody,
} from '@sagekeep/contracts';
import type { Jobs } from '../jobs.ts';
import { queueUnavailable } from '../redis/unavailable.ts';
import { applyAll, applyOne, type Changes } from './apply.ts';
import { checkBody } from './checkBody.ts';
import { parseCron } from './cron.ts';
import { readDefinitions } from './definitions.ts';
import { nextRun } from './nextRun.ts';
import { type Definition, fromRecord, type ScheduleRecord, type ScheduleRecords } from './record.ts';

export interface SchedulesOptions {
  readonly configuration: Pick<Configuration, 'schedules' | 'databases'>;
  readonly jobs: Jobs;
  readonly records: ScheduleRecords;
  readonly log: Log;
  readonly now: () => Date;
}

/**
 * Schedules: declared in the configuration or put by users, kept in the storage, run by BullMQ's job schedulers. What
 * Redis lost comes back from there.
 */
export interface Schedules {
  /** By name. Works without Redis; the next runs are then computed. */
  list(): Promise<Schedule[]>;
  /** Throws `UNKNOWN_SCHEDULE`. */
  get(name: string): Promise<Schedule>;
  /** Throws `INVALID_INPUT`, `UNKNOWN_DATABASE` or `QUEUE_UNAVAILABLE`; then nothing was changed. */
  put(name: string, body: ScheduleBody, by: string): Promise<Schedule>;
  /** Takes back what a user put; a declared schedule is as declared again. Throws `UNKNOWN_SCHEDULE` or `CONFLICT`. */
  remove(name: string): Promise<void>;
  /** Makes Redis agree. Called by workers at start and every now and then. */
  sync(): Promise<Changes>;
}

export function createSchedules(options: SchedulesOptions): Schedules {
  const { configuration, jobs, records, log, now } = options;
  const declared = configuration.schedules;
  const definitions = () => readDefinitions({ declared, records, log });

  async function get(name: string): Promise<Schedule> {
    const definition = (await definitions()).get(name);
    if (definition === undefined) throw unknown(name);
    return listed(jobs, definition, now());
  }

  return {
    get,
    async list() {
      const all = [...(await definitions()).values()].sort((a, b) => a.name.localeCompare(b.name));
      return Promise.all(all.map((definition) => listed(jobs, definition, now())));
    },
    async put(name, body, by) {
      checkBody(body, configuration.databases);
      if (!jobs.ready()) throw queueUnavailable();
      const before = (await records.list()).items.find((item) => item.name === name);
      const record: ScheduleRecord = { version: 1, name, body, by, at: now().toISOString() };
      await records.put(name, record);
      try {
        await applyChanged(jobs, fromRecord(record));
      } catch (error) {
        if (before === undefined) await records.remove(name);
        else await records.put(name, before as ScheduleRecord);
        throw error;
      }
      return get(name);
    },
    async remove(name) {
      const kept = (await records.list()).items.some((item) => item.name === name);
      const declaredHere = declared.some((schedule) => schedule.name === name);
      if (!kept) throw declaredHere ? declaredInFile(name) : unknown(name);
      if (!jobs.ready()) throw queueUnavailable();
      await records.remove(name);
      await applyAll(jobs, await definitions(), log);
    },
    sync: async () => applyAll(jobs, await definitions(), log),
  };
}

/** Sets or removes one schedule; its job may have another queue than before. */
async function applyChanged(jobs: Jobs, definition: Definition): Promise<void> {
  const queues = new Set(Object.values(jobCatalogue).map(({ queue }) => queue));
  for (const queue of queues) {
    const here = jobCatalogue[definition.job as JobName].queue === queue;
    if (!here || !definition.enabled) await jobs.queue(queue).removeJobScheduler(definition.name);
  }
  if (definition.enabled) await applyOne(jobs, definition);
}

async function listed(jobs: Jobs, definition: Definition, now: Date): Promise<Schedule> {
  const next = definition.enabled ? ((await planned(jobs, definition)) ?? computed(definition, now)) : null;
  return { ...definition, nextRunAt: next === null ? null : new Date(next).toISOString() };
}

async function planned(jobs: Jobs, definition: Definition): Promise<number | null> {
  if (!jobs.ready()) return null;
  try {
    const { queue } = jobCatalogue[definition.job as JobName];
    return (await jobs.queue(queue).getJobScheduler(definition.name))?.next ?? null;
  } catch (error) {
    if (isSagekeepError(error)) throw error;
    return null;
  }
}

function computed({ cron, timezone }: Definition, now: Date): number | null {
  return cron === null ? null : nextRun(parseCron(cron), timezone, now.getTime());
}

function unknown(name: string): SagekeepError {
  return new SagekeepError('UNKNOWN_SCHEDULE', `There is no schedule "${name}".`, {
    advice: 'List the schedules to see their names.',
  });
}

function declaredInFile(name: string): SagekeepError {
  return new SagekeepError('CONFLICT', `The schedule "${name}" is declared in the configuration.`, {
    advice: 'Disable it with a PUT that says enabled: false, or take it out of the configuration.',
  });
}
