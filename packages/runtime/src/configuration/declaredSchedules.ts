import {
  type Configuration,
  type DatabaseConfig,
  jobCatalogue,
  type ScheduleConfig,
} from '@sagekeep/contracts';
import { timeFaults } from '../schedules/check.ts';
import type { FileShape, ScheduleShape } from './shape.ts';
import { type Sources, variable } from './sources.ts';

type DeclarableJob = 'backup' | 'cleanup' | 'monitor' | 'verify' | 'prove' | 'scrub';

interface Standard {
  readonly job: DeclarableJob;
  readonly cron: string;
  readonly perDatabase: boolean;
  readonly payload: Readonly<Record<string, unknown>>;
}

/** The schedules that every installation has. Those that the file does not name are there, switched off. */
const standards: Readonly<Record<string, Standard>> = {
  backup: { job: 'backup', cron: '0 2 * * *', perDatabase: true, payload: { reason: 'schedule' } },
  cleanup: { job: 'cleanup', cron: '30 3 * * *', perDatabase: false, payload: {} },
  monitor: { job: 'monitor', cron: '0 * * * *', perDatabase: false, payload: {} },
  drill: { job: 'prove', cron: '0 4 * * 0', perDatabase: true, payload: { backup: 'latest', drill: true } },
  scrub: { job: 'scrub', cron: '0 5 * * *', perDatabase: false, payload: {} },
};

/** Every schedule that the configuration declares; one per database where the job needs one, and what those are made from. */
export function readSchedules(
  sources: Sources,
  file: FileShape,
  about: { databases: readonly DatabaseConfig[]; found: boolean },
): Pick<Configuration, 'schedules' | 'perDatabase'> {
  const { databases } = about;
  const { timezone: zoneInFile, ...entries } = file.schedules ?? {};
  const zone =
    variable(sources, 'SAGEKEEP_TIMEZONE') ??
    (typeof zoneInFile === 'string' ? zoneInFile : Intl.DateTimeFormat().resolvedOptions().timeZone);
  const named = entries as Readonly<Record<string, ScheduleShape>>;
  const standard = Object.entries(standards).map(([name, rule]) => ({
    name,
    ...merged(rule, named[name], zone),
  }));
  const perDatabase = standard.filter(
    ({ name, payload }) => standards[name]?.perDatabase === true && payload['database'] === undefined,
  );
  const own = Object.entries(named)
    .filter(([name]) => !Object.hasOwn(standards, name))
    .flatMap(([name, shape]) => ownSchedule(sources, name, { shape, zone }));
  const spread = standard.flatMap((schedule) =>
    perDatabase.includes(schedule) ? schedulesFor([schedule], databases) : [schedule],
  );
  const schedules = [...spread, ...own];
  // Which databases will be found by label nobody knows yet.
  const known = about.found ? null : databases;
  checkDeclared(sources, schedules, { zone, known });
  return { schedules, perDatabase };
}

/** What every database has, for these: `backup-sage` … */
export function schedulesFor(
  perDatabase: readonly ScheduleConfig[],
  databases: readonly Pick<DatabaseConfig, 'name'>[],
): ScheduleConfig[] {
  return perDatabase.flatMap((schedule) =>
    databases.map(({ name }) => ({
      ...schedule,
      name: `${schedule.name}-${name}`,
      payload: { ...schedule.payload, database: name },
    })),
  );
}

function merged(rule: Standard, shape: ScheduleShape | undefined, zone: string) {
  const off = shape === undefined || shape === false;
  const details = typeof shape === 'object' ? shape : {};
  return {
    job: rule.job,
    payload: { ...rule.payload, ...details.payload },
    cron: (typeof shape === 'string' ? shape : (details.cron ?? rule.cron)).trim(),
    timezone: details.timezone ?? zone,
    enabled: off ? false : (details.enabled ?? true),
  };
}

function ownSchedule(
  sources: Sources,
  name: string,
  about: { shape: ScheduleShape; zone: string },
): ScheduleConfig[] {
  const { shape, zone } = about;
  const path = `schedules.${name}`;
  if (shape === false) return [];
  if (typeof shape === 'string' || shape.job === undefined || shape.cron === undefined) {
    sources.faults.add(path, `give it job and cron (known without: ${Object.keys(standards).join(', ')})`);
    return [];
  }
  const { job, cron, payload = {} } = shape;
  const checked = jobCatalogue[job].payload.safeParse(payload);
  if (!checked.success)
    for (const issue of checked.error.issues)
      sources.faults.add([path, 'payload', ...issue.path.map(String)].join('.'), issue.message);
  return [{ name, job, payload, cron, timezone: shape.timezone ?? zone, enabled: shape.enabled ?? true }];
}

/** Two of one name, a time that never comes, a zone or a database that does not exist. */
function checkDeclared(
  sources: Sources,
  schedules: readonly ScheduleConfig[],
  about: { zone: string; known: readonly DatabaseConfig[] | null },
): void {
  const seen = new Set<string>();
  const times = new Set<string>();
  for (const { name, cron, timezone, payload } of schedules) {
    const zonePath = timezone === about.zone ? 'schedules.timezone' : `schedules.${name}.timezone`;
    for (const { field, message } of timeFaults({ cron, timezone })) {
      const path = field === 'timezone' ? zonePath : `schedules.${name}`;
      if (!times.has(path)) sources.faults.add(path, message);
      times.add(path);
    }
    if (seen.has(name)) sources.faults.add(`schedules.${name}`, 'two schedules have this name');
    seen.add(name);
    const { database } = payload;
    if (typeof database === 'string' && about.known?.some(({ name }) => name === database) === false)
      sources.faults.add(`schedules.${name}.payload.database`, `there is no database "${database}"`);
  }
}
