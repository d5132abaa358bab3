import type { JobContext, Log } from '@sagekeep/contracts';
import type { Job } from 'bullmq';
import { within } from '../redis/unavailable.ts';
import type { Border } from './borders.ts';
import { lateness } from './lateness.ts';
import { createProgressSender } from './progress.ts';

const flushMs = 2_000;

export interface ContextOptions {
  readonly job: Job;
  readonly signal: AbortSignal;
  readonly log: Log;
  readonly border: Border;
  /** Takes secrets out of whatever goes to Redis. */
  scrub(text: string): string;
}

/** What a handler is given, and the end of it: lines and progress that are still on their way. */
export interface RunningContext {
  readonly context: JobContext & { readonly late: string | null };
  flush(): Promise<void>;
}

export function createContext(options: ContextOptions): RunningContext {
  const { job, signal, log, border, scrub } = options;
  let lines: Promise<unknown> = Promise.resolve();
  const sender = createProgressSender((progress) =>
    job.updateProgress(
      progress.detail === undefined ? progress : { ...progress, detail: scrub(progress.detail) },
    ),
  );
  const say = (line: string) => {
    log.info({ line }, 'job');
    const stamped = `${new Date().toISOString()} ${scrub(line)}`;
    lines = lines.then(() => job.log(stamped)).catch(() => undefined);
  };
  const payload = job.data as { by?: unknown } | null;
  return {
    context: {
      jobId: job.id ?? '',
      attempt: Math.max(job.attemptsStarted, 1),
      actor: actorOf(job, payload?.by),
      late: lateness(job.id ?? '', Date.now()),
      signal,
      log: say,
      progress: (progress) => sender.send(progress),
      border: (name) => border(name, signal),
    },
    // While Redis is away nothing more can be told; the job's end must not wait for it.
    flush: () => within(flushMs, Promise.all([sender.flush(), lines])).then(ignore, ignore),
  };
}

function ignore(): void {}

function actorOf(job: Job, by: unknown): string {
  if (typeof by === 'string' && by !== '' && by !== 'unknown') return by;
  return job.repeatJobKey === undefined ? 'unknown' : 'schedule';
}
