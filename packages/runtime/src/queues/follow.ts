import { isSagekeepError, type JobView, type QueueName } from '@sagekeep/contracts';
import type { JobEvent } from '../jobs.ts';
import type { JobBell } from './events.ts';

const lookAgainMs = 1_000;

export interface Follow {
  readonly queue: QueueName;
  readonly id: string;
  readonly signal: AbortSignal;
  readonly bell: JobBell;
  /** The job as it is now, with the lines of its log from this one on. */
  read(fromLine: number): Promise<JobView>;
}

/**
 * Tells what changes about a job until it ends. It compares what it reads with what it told before, so that no lost
 * event is missed; BullMQ's events only make it look at once. A line of the log is read once and told once; the job of the
 * last event has the whole log, that of any other none.
 */
export async function* followJob(follow: Follow): AsyncGenerator<JobEvent> {
  let told: JobView | null = null;
  const log: string[] = [];
  while (!follow.signal.aborted) {
    const ring = follow.bell.next(follow.queue, follow.id, { ms: lookAgainMs, signal: follow.signal });
    const job: JobView | null = await readPatiently(follow, told === null ? null : log.length);
    if (job !== null) {
      log.push(...job.log);
      yield* changes(told, job, log);
      if (job.state === 'completed' || job.state === 'failed') return;
      told = job;
    }
    await ring;
  }
}

/** The first look tells that Redis is away; later ones wait until it is back. */
async function readPatiently(follow: Follow, linesTold: number | null): Promise<JobView | null> {
  try {
    return await follow.read(linesTold ?? 0);
  } catch (error) {
    if (linesTold !== null && isSagekeepError(error, 'QUEUE_UNAVAILABLE')) return null;
    throw error;
  }
}

function* changes(before: JobView | null, now: JobView, log: readonly string[]): Generator<JobEvent> {
  const job: JobView = { ...now, log: [] };
  if (before === null) yield { type: 'state', job };
  for (const line of now.log) yield { type: 'log', line };
  if (now.state === 'completed' || now.state === 'failed') {
    yield { type: now.state, job: { ...now, log: [...log] } };
    return;
  }
  if (before === null) return;
  if (before.state !== now.state || before.attempts.made !== now.attempts.made) yield { type: 'state', job };
  if (JSON.stringify(before.detail) !== JSON.stringify(now.detail)) yield { type: 'progress', job };
}
