import { isDeepStrictEqual } from 'node:util';
import {
  type Configuration,
  type DatabaseConfig,
  type Log,
  SagekeepError,
  type Schedule,
  type ScheduleBody,
  type ScheduleConfig,
} from '@sagekeep/contracts';
import { schedulesFor } from '../configuration/declaredSchedules.ts';
import type { Jobs } from '../jobs.ts';
import { applyAll, type Changes } from './apply.ts';
import { applyOnly } from './applyOnly.ts';
import { catchUp, keepNextRuns, type RunRecords } from './catchUp.ts';
import { checkBody } from './checkBody.ts';
import { readDefinitions, type Wanted } from './definitions.ts';
import { type Definition, definitionOf, isPut, ScheduleRecord, type ScheduleRecords } from './record.ts';
import { shown, withNextRun } from './shown.ts';

export interface SchedulesOptions {
  readonly configuration: Pick<Configuration, 'schedules' | 'perDatabase' | 'databases'>;
  /** Every database that is known now, labelled ones too; left out, those of the configuration. */
  readonly databases?: () => Promise<readonly DatabaseConfig[]>;
  readonly jobs: Jobs;
  readonly records: ScheduleRecords;
  /** Needed where Redis is made to agree; without, a run that was lost with Redis's data is not made up for. */
  readonly runs?: RunRecords;
  readonly log: Log;
  readonly now: () => Date;
}

/**
 * Schedules: declared in the configuration or put by users, kept in the storage, run by BullMQ's job schedulers. What
 * Redis lost comes back from there.
 */
export interface Schedules {
  /** By name. While Redis is known to be away the next runs are computed; when it just fell silent: `QUEUE_UNAVAILABLE`. */
  list(): Promise<Schedule[]>;
  /** The same, and the names of those that are in no list because their record in the storage is damaged: they run as Redis has them. */
  listAll(): Promise<{ readonly items: readonly Schedule[]; readonly damaged: readonly string[] }>;
  /** Throws `UNKNOWN_SCHEDULE`, or `STORAGE_FAILED` where its record is damaged. */
  get(name: string): Promise<Schedule>;
  /** Throws `INVALID_INPUT`, `UNKNOWN_DATABASE` or `QUEUE_UNAVAILABLE`; then nothing was changed. */
  put(name: string, body: ScheduleBody, by: string): Promise<Schedule>;
  /**
   * Switches one on or off and changes nothing else: of a declared one the configuration goes on to say the rest. Throws
   * `UNKNOWN_SCHEDULE`, `QUEUE_UNAVAILABLE`, or `STORAGE_FAILED` where its record is damaged; then nothing was changed.
   */
  turn(name: string, enabled: boolean, by: string): Promise<Schedule>;
  /** Takes back what a user said of it; a declared schedule is as declared again. Throws `UNKNOWN_SCHEDULE`, `CONFLICT` or
   * `QUEUE_UNAVAILABLE`; then nothing was changed. */
  remove(name: string): Promise<void>;
  /** Makes Redis agree. Called by workers at start and every now and then. */
  sync(): Promise<Changes>;
}

/** Changes nothing until it is asked to: `sync` is called by `keepSchedules`, in workers only. */
export function createSchedules(options: SchedulesOptions): Schedules {
  const { configuration, jobs, records, now } = options;
  const known = options.databases ?? (async () => configuration.databases);
  const declared = async () => declaredFor(configuration, await known());
  const wanted = async () => readDefinitions({ declared: await declared(), records });

  async function get(name: string): Promise<Schedule> {
    const { definitions, damaged } = await wanted();
    const definition = definitions.get(name);
    if (definition === undefined) throw damaged.has(name) ? damagedRecord(name) : unknown(name);
    return shown(jobs, definition, now());
  }

  async function change(name: string, record: ScheduleRecord | undefined): Promise<Definition | undefined> {
    const before = await recordOf(records, name);
    const definition = definitionOf(
      record,
      (await declared()).find((schedule) => schedule.name === name),
    );
    await jobs.ask(nothing);
    await keep(records, name, record);
    await orTakeBack(
      () => jobs.ask(() => applyOnly(jobs, name, { definition, now: now().getTime() })),
      () => keep(records, name, before),
    );
    return definition;
  }

  /** Says how it is now; that Redis falls silent only then makes no failure of it. */
  async function changed(name: string, record: ScheduleRecord | undefined): Promise<Schedule> {
    const definition = await change(name, record);
    if (definition === undefined) throw unknown(name);
    return shown(jobs, definition, now()).catch(() => withNextRun(definition, now()));
  }

  async function listAll() {
    const { definitions, damaged } = await wanted();
    const all = [...definitions.values()].sort((a, b) => a.name.localeCompare(b.name));
    const items = await Promise.all(all.map((definition) => shown(jobs, definition, now())));
    return { items, damaged: [...damaged] };
  }

  return {
    get,
    list: async () => (await listAll()).items,
    listAll,
    async put(name, body, by) {
      checkBody(body, await known());
      return changed(name, { version: 1, name, body, by, at: now().toISOString() });
    },
    async turn(name, enabled, by) {
      if ((await wanted()).damaged.has(name)) throw damagedRecord(name);
      const said = ScheduleRecord.safeParse(await recordOf(records, name)).data;
      const base = { version: 1 as const, name, by, at: now().toISOString() };
      if (isPut(said)) return changed(name, { ...base, body: { ...said.body, enabled } });
      const here = (await declared()).find((schedule) => schedule.name === name);
      if (here === undefined) throw unknown(name);
      // As the file says: then it is for the file to say from now on.
      return changed(name, here.enabled === enabled ? undefined : { ...base, enabled });
    },
    async remove(name) {
      const isDeclared = (await declared()).some((schedule) => schedule.name === name);
      const before = await recordOf(records, name);
      if (before === undefined && !(await wanted()).damaged.has(name))
        throw isDeclared ? declaredInFile(name) : unknown(name);
      await change(name, undefined);
    },
    sync: () => settled(options, wanted),
  };
}

/**
 * Makes Redis agree with what is wanted until that has not changed meanwhile. Whoever changes a schedule puts its record first:
 * what they then set in Redis is not taken back by what was read before.
 */
async function settled(options: SchedulesOptions, wanted: () => Promise<Wanted>): Promise<Changes> {
  const all = { set: new Set<string>(), removed: new Set<string>(), caughtUp: new Set<string>() };
  let before: Wanted | null = null;
  let read = await wanted();
  while (!isDeepStrictEqual(read, before)) {
    const changes = await synchronise(options, read);
    for (const kind of ['set', 'removed', 'caughtUp'] as const)
      for (const name of changes[kind]) all[kind].add(name);
    before = read;
    read = await wanted();
  }
  return { set: [...all.set], removed: [...all.removed], caughtUp: [...all.caughtUp] };
}

async function synchronise({ jobs, runs, log, now }: SchedulesOptions, wanted: Wanted): Promise<Changes> {
  const { definitions } = wanted;
  for (const schedule of wanted.damaged)
    log.warn({ schedule }, 'the record of a schedule is damaged: it runs as Redis has it');
  const about = { log, now: now().getTime() };
  if (runs === undefined) return { ...(await applyAll(jobs, wanted, about)), caughtUp: [] };
  const lost = { ...about, jobs, definitions, runs, kept: await runs.next() };
  const caughtUp = await catchUp(lost);
  const changes = await applyAll(jobs, wanted, about);
  await keepNextRuns(lost);
  return { ...changes, caughtUp };
}

/** What the configuration declares, and the same for databases that it does not name. */
function declaredFor(
  { schedules, perDatabase, databases }: SchedulesOptions['configuration'],
  known: readonly DatabaseConfig[],
): ScheduleConfig[] {
  const others = known.filter(({ name }) => !databases.some((database) => database.name === name));
  return [...schedules, ...schedulesFor(perDatabase, others)];
}

async function nothing(): Promise<void> {}

async function recordOf(records: ScheduleRecords, name: string): Promise<ScheduleRecord | undefined> {
  const { items } = await records.list();
  return items.find((item) => item.name === name) as ScheduleRecord | undefined;
}

function keep(records: ScheduleRecords, name: string, record: ScheduleRecord | undefined): Promise<void> {
  return record === undefined ? records.remove(name) : records.put(name, record);
}

async function orTakeBack(change: () => Promise<void>, takeBack: () => Promise<void>): Promise<void> {
  try {
    await change();
  } catch (error) {
    await takeBack();
    throw error;
  }
}

function unknown(name: string): SagekeepError {
  return new SagekeepError('UNKNOWN_SCHEDULE', `There is no schedule "${name}".`, {
    advice: 'List the schedules to see their names.',
  });
}

function damagedRecord(name: string): SagekeepError {
  return new SagekeepError('STORAGE_FAILED', `What was put on record of the schedule "${name}" is damaged.`, {
    advice: `Set it again (sagekeep schedule set ${name}), or remove it; until then it runs as Redis has it.`,
  });
}

function declaredInFile(name: string): SagekeepError {
  return new SagekeepError('CONFLICT', `The schedule "${name}" is declared in the configuration.`, {
    advice: 'Disable it (sagekeep schedule disable), or take it out of the configuration.',
  });
}
