import type { DatabaseConfig, StatusLine } from '@sagekeep/contracts';
import type { JobFacts } from './facts.ts';
import { badLine, okLine } from './level.ts';

type Answered = Extract<JobFacts, { state: 'answered' }>;

/** Schedules know no seconds. */
const minuteOf = (at: Date) => at.toISOString().slice(0, 16).replace('T', ' ');

/** What will run by itself, the next first. */
export function scheduleLine({ nextRuns }: Pick<Answered, 'nextRuns'>): StatusLine {
  if (nextRuns === null)
    return badLine('unknown', {
      id: 'schedules',
      text: 'what will run by itself is not known',
      since: null,
      why: 'what is on record of the schedules in the storage could not be read',
      command: 'sagekeep schedule list',
    });
  const next = nextRuns.toSorted((a, b) => a.at.getTime() - b.at.getTime());
  if (next.length > 0) {
    const runs = next.map(({ schedule, at }) => `${schedule} ${minuteOf(at)}`);
    return okLine('schedules', `next (UTC): ${runs.join(', ')}`);
  }
  return badLine('warn', {
    id: 'schedules',
    text: 'no schedule is enabled',
    since: null,
    why: 'nothing will be backed up unless somebody asks for it',
    command: './scripts/setup_monitoring.sh --setup-cron --setup-monitoring',
  });
}

/** A database that no schedule backs up although others are; nothing while the schedules are not known. */
export function unscheduledLine({ name }: Pick<DatabaseConfig, 'name'>, jobs: JobFacts): StatusLine[] {
  const nextRuns = (jobs.state === 'answered' && jobs.nextRuns) || [];
  if (nextRuns.length === 0) return [];
  if (nextRuns.some(({ job, database }) => job === 'backup' && database === name)) return [];
  return [
    badLine('warn', {
      id: 'unscheduled',
      text: `no schedule backs ${name} up`,
      since: null,
      why: 'no enabled schedule with the job backup names this database',
      command: `sagekeep schedule enable backup-${name}`,
    }),
  ];
}
