import type { Incident, StatusLine } from '@sagekeep/contracts';
import { byteSize, counted, percent } from '../text/units.ts';
import type { JobFacts, StatusFacts, StorageFacts } from './facts.ts';
import { badLine, okLine } from './level.ts';
import { scheduleLine } from './scheduleLines.ts';

/** Shares of the storage in use that warn and fail. */
export const storageLimits = { warn: 0.8, fail: 0.9 } as const;

export function storageLines(storage: StorageFacts, incidents: readonly Incident[]): StatusLine[] {
  if (storage.error !== null) {
    return [
      badLine('fail', {
        id: 'storage',
        text: `the storage ${storage.location} cannot be read`,
        since: sinceOf(incidents, 'check:all:storage.records'),
        why: storage.error,
        command: 'sagekeep doctor',
      }),
    ];
  }
  return [spaceLine(storage, incidents), ...recordLines(storage)];
}

function spaceLine({ location, space }: StorageFacts, incidents: readonly Incident[]): StatusLine {
  if (space === null || space.totalBytes === 0) return okLine('storage', `storage ${location}`);
  const used = 1 - space.freeBytes / space.totalBytes;
  const text = `storage ${percent(used)} full, ${byteSize(space.freeBytes)} free (${location})`;
  if (used < storageLimits.warn) return okLine('storage', text);
  return badLine(used < storageLimits.fail ? 'warn' : 'fail', {
    id: 'storage',
    text,
    since: sinceOf(incidents, 'check:all:disk.storage'),
    why: `more than ${percent(used < storageLimits.fail ? storageLimits.warn : storageLimits.fail)} is used`,
    command: 'sagekeep cleanup --dry-run',
  });
}

function recordLines({ damagedRecords }: StorageFacts): StatusLine[] {
  if (damagedRecords.length === 0) return [];
  return [
    badLine('warn', {
      id: 'records',
      text: `${counted(damagedRecords.length, 'record')} cannot be read`,
      since: null,
      why: damagedRecords.slice(0, 3).join(', '),
      command: 'sagekeep doctor',
    }),
  ];
}

export function jobLines(jobs: JobFacts, incidents: readonly Incident[]): StatusLine[] {
  if (jobs.state === 'not-asked') return [];
  if (jobs.state === 'silent') {
    return [
      badLine('fail', {
        id: 'redis',
        text: 'Redis does not answer: no job runs',
        since: sinceOf(incidents, 'check:all:redis.answers'),
        why: 'the queues could not be asked',
        command: 'sagekeep doctor',
      }),
    ];
  }
  return [workerLine(jobs, incidents), ...failedLines(jobs, incidents), scheduleLine(jobs)];
}

type Answered = Extract<JobFacts, { state: 'answered' }>;

function workerLine({ workers, counts }: Answered, incidents: readonly Incident[]): StatusLine {
  if (workers.length > 0) return okLine('workers', `${counted(workers.length, 'worker')} alive`);
  return badLine('fail', {
    id: 'workers',
    text: 'no worker is alive',
    since: sinceOf(incidents, 'check:all:queues.workers'),
    why: `no worker has given a sign of life; ${counted(sum(counts, 'waiting'), 'job')} waiting`,
    command: 'sagekeep doctor',
  });
}

function failedLines({ failures }: Answered, incidents: readonly Incident[]): StatusLine[] {
  const told = new Set(incidents.map(({ key }) => key));
  const others = failures.filter(({ cause }) => !told.has(cause));
  return [...Map.groupBy(others, ({ queue }) => queue)].map(([queue, jobs]) => {
    const [first] = jobs;
    const command = `sagekeep retry ${queue}/${first?.id ?? ''}`;
    return badLine('warn', {
      id: `failed:${queue}`,
      text: `${counted(jobs.length, 'failed job')} in the queue ${queue}`,
      since: jobs.flatMap(({ at }) => at ?? []).toSorted()[0] ?? null,
      why: 'nothing of the kind has succeeded since; sagekeep cancel QUEUE/ID removes one that needs no retry',
      command: jobs.length === 1 ? command : `sagekeep jobs --queue ${queue} --state failed`,
    });
  });
}

function sum(counts: Answered['counts'], state: string): number {
  return Object.values(counts).reduce((total, states) => total + (states[state] ?? 0), 0);
}

/** Since when the open incident of this cause stands; null when there is none. */
function sinceOf(incidents: readonly Incident[], cause: string): string | null {
  return incidents.find(({ key }) => key === cause)?.openedAt ?? null;
}

/** Databases that have backups here and are not configured any more. */
export function strangerLines({ databases, backups }: StatusFacts): StatusLine[] {
  const known = new Set(databases.map(({ name }) => name));
  const strangers = new Set(
    backups.map(({ manifest }) => manifest.database).filter((name) => !known.has(name)),
  );
  return [...strangers].map((name) =>
    okLine(`stranger:${name}`, `${name} has backups here but is not configured; they are left alone`),
  );
}
