import type { JobView } from '@sagekeep/contracts';
import { duration, plainLine } from '@sagekeep/watch';
import type { Reader } from './backups.ts';
import { storyLine } from './story.ts';
import { facts, table } from './table.ts';
import { ago, time } from './time.ts';

export function jobList(jobs: readonly JobView[], reader: Reader): string {
  if (jobs.length === 0) return 'No jobs.';
  return table(
    ['JOB', 'WHAT', 'STATE', 'CREATED', 'TOOK', ''],
    jobs.map((job) => [
      `${job.queue}/${job.id}`,
      `${job.name} ${subject(job.payload)}`.trim(),
      job.state,
      ago(job.createdAt, reader.now),
      took(job, reader.now),
      remark(job),
    ]),
  );
}

export function jobText(job: JobView, reader: Reader): string {
  const at = (instant: string | null) => (instant === null ? '–' : time(instant, reader.timeZone));
  const lines: [string, string][] = [
    ['job', `${job.queue}/${job.id}`],
    ['what', `${job.name} ${subject(job.payload)}`.trim()],
    ['state', job.state],
    ['attempts', `${job.attempts.made} of ${job.attempts.of}`],
    ['created', at(job.createdAt)],
    ['started', at(job.startedAt)],
    ['finished', at(job.finishedAt)],
    ['took', took(job, reader.now)],
    ...(job.error === null ? [] : errorFacts(job.error)),
    ...(job.result === null ? [] : [['result', plainLine(JSON.stringify(job.result))] as [string, string]]),
  ];
  const log = job.log.map((line) => `  ${storyLine(line, reader.timeZone)}`);
  return [facts(lines), ...(log.length === 0 ? [] : [`Log\n${log.join('\n')}`])].join('\n\n');
}

function errorFacts(error: NonNullable<JobView['error']>): [string, string][] {
  const advice: [string, string][] = error.advice === null ? [] : [['advice', plainLine(error.advice)]];
  return [['error', `${plainLine(error.message)} [${error.code}]`], ...advice];
}

function remark(job: JobView): string {
  if (job.error !== null) return plainLine(job.error.message.split('\n')[0] ?? '');
  if (job.state !== 'active') return '';
  return `${Math.floor(job.progress)} % ${plainLine(job.phase ?? '')}`.trim();
}

function took(job: JobView, now: Date): string {
  if (job.startedAt === null) return '–';
  const end = job.finishedAt === null ? now : new Date(job.finishedAt);
  return duration(Math.max(0, end.getTime() - new Date(job.startedAt).getTime()));
}

/** What the job is about: the database, or the backup that its payload names. */
function subject(payload: unknown): string {
  if (typeof payload !== 'object' || payload === null) return '';
  const { database, backup } = payload as { database?: unknown; backup?: unknown };
  return [database, backup].filter((part) => typeof part === 'string').join(' ');
}
