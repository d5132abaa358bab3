import { isSagekeepError, type JobView, type QueueName } from '@sagekeep/contracts';
import type { JobEvent } from '../jobs.ts';
import type { JobBell } from './events.ts';

const lookAgainMs = 1_000;

export interface Follow {
  readonly queue: QueueName;
  readonly id: string;
  readonly signal: AbortSignal;
  readonly bell: JobBell;
  /** The job as it is now, with its whole log. */
  read(): Promise<JobView>;
}

/**
 * Tells what changes about a job until it ends. It compares what it reads with what it told before, so that no lost
 * event is missed; BullMQ's events only make it look at once.
 */
export async function* followJob(follow: Follow): AsyncGenerator<JobEvent> {
  let told: JobView | null = null;
  while (!follow.signal.aborted) {
    const ring = follow.bell.next(follow.queue, follow.id, { ms: lookAgainMs, signal: follow.signal });
    const job: JobView | null = await readPatiently(follow, told !== null);
    if (job !== null) {
      yield* changes(told, job);
      if (job.state === 'completed' || job.state === 'failed') return;
      told = job;
    }
    await ring;
  }
}

/** The first look tells that Redis is away; later ones wait until it is back. */
async function readPatiently(follow: Follow, started: boolean): Promise<JobView | null> {
  try {
    return await follow.read();
  } catch (error) {
    if (started && isSagekeepError(error, 'QUEUE_UNAVAILABLE')) return null;
    throw error;
  }
}

function* changes(before: JobView | null, now: JobView): Generator<JobEvent> {
  const known = before?.log.length ?? 0;
  const ended = now.state === 'completed' || now.state === 'failed';
  if (before === null) yield { type: 'state', job: now };
  for (const line of now.log.slice(known)) yield { type: 'log', line };
  if (ended) {
    yield { type: now.state === 'completed' ? 'completed' : 'failed', job: now };
    return;
  }
  if (before === null) return;
  if (before.state !== now.state || before.attempts.made !== now.attempts.made)
    yield { type: 'state', job: now };
  if (JSON.stringify(before.detail) !== JSON.stringify(now.detail)) yield { type: 'progress', job: now };
}
