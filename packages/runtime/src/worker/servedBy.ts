import { BackupJobResult, type Format } from '@sagekeep/contracts';
import type { Job, Queue } from 'bullmq';
import { sameBackupIn } from '../queues/sameRequest.ts';
import { type PlannedRun, plannedRun } from '../schedules/runIds.ts';

/** As many of the newest finished backups are looked through. */
const reach = 200;

export interface ServedByOptions {
  readonly queue: Queue;
  /** See `configuredFormats`. */
  formats(database: string): readonly Format[] | null;
  /** For so long after its planned time a run waits for another job. */
  readonly longestWaitMs: number;
}

/** A job that does what a scheduled run is for; `backup` is null while it has not made it. */
export interface Server {
  readonly id: string;
  readonly backup: string | null;
}

/**
 * The backup somebody asked for that serves this scheduled one as well: of the same database, formats, label and hold, and
 * begun at the planned time or later, so that what it holds is as fresh. Null when there is none, and for every other job.
 */
export async function servedBy(options: ServedByOptions, job: Job): Promise<Server | null> {
  const run = plannedRun(job.id ?? '');
  const wanted = samenessOf(options, job);
  if (run === null || wanted === null) return null;
  const isSame = (other: Job | undefined): other is Job =>
    other !== undefined && plannedRun(other.id ?? '') === null && samenessOf(options, other) === wanted;
  return (await pending(options, run, isSame)) ?? (await made(options, run, isSame));
}

type IsSame = (job: Job | undefined) => job is Job;

async function pending(
  { queue, longestWaitMs }: ServedByOptions,
  { dueAt }: PlannedRun,
  isSame: IsSame,
): Promise<Server | null> {
  if (Date.now() - dueAt >= longestWaitMs) return null;
  const open = await queue.getJobs(['active', 'waiting', 'delayed'], 0, 999);
  for (const other of open.filter(isSame))
    if (isToServe(await other.getState(), other, dueAt)) return { id: other.id ?? '', backup: null };
  return null;
}

/** Whether it will begin at the planned time or later, or did. One that was put off before it ever began may be far away. */
function isToServe(state: string, { processedOn, attemptsStarted }: Job, dueAt: number): boolean {
  if (state === 'active') return (processedOn ?? dueAt) >= dueAt;
  return state === 'waiting' || (state === 'delayed' && attemptsStarted > 0);
}

async function made(
  { queue }: ServedByOptions,
  { dueAt }: PlannedRun,
  isSame: IsSame,
): Promise<Server | null> {
  const finished = await queue.getJobs(['completed'], 0, reach - 1);
  for (const other of finished.filter(isSame)) {
    const result = BackupJobResult.safeParse(other.returnvalue);
    if (result.success && (other.processedOn ?? 0) >= dueAt)
      return { id: other.id ?? '', backup: result.data.backup };
  }
  return null;
}

/** Null for what is no backup. */
function samenessOf({ formats }: ServedByOptions, { name, data }: Job): string | null {
  return name === 'backup' ? sameBackupIn(data, formats) : null;
}
