import type { Log } from '@sagekeep/contracts';
import type { Queue, Worker } from 'bullmq';
import { abortReasons } from './reasons.ts';
import type { Runs } from './runs.ts';

const closeMs = 2_000;

export interface StopOptions {
  readonly workers: readonly Worker[];
  readonly queues: readonly Queue[];
  readonly runs: Runs;
  readonly log: Log;
  readonly graceMs: number;
  readonly killGraceMs: number;
  /** Closes what the workers shared. */
  close(): Promise<void>;
}

/** Staged: take nothing more; let running jobs end; abort them and hand them back; close. Never waits without limit. */
export async function stopWorkers(options: StopOptions): Promise<void> {
  const { workers, queues, runs, log } = options;
  log.info({ running: runs.all().length, graceMs: options.graceMs }, 'stopping: no more jobs are taken');
  await Promise.all(workers.map((worker) => worker.pause(true)));
  if (!(await inTime(options.graceMs, runs.idle()))) {
    log.info({ running: runs.all().length }, 'stopping: running jobs are handed back');
    runs.abortAll(abortReasons.handedBack());
    if (!(await inTime(options.killGraceMs + closeMs, runs.idle())))
      log.warn({ running: runs.all().map((run) => run.id) }, 'stopping: some jobs did not end');
  }
  const closed = Promise.all(workers.map((worker) => worker.close()));
  if (!(await inTime(closeMs, closed)))
    await inTime(closeMs, Promise.all(workers.map((worker) => worker.close(true))));
  await inTime(closeMs, Promise.allSettled(queues.map((queue) => queue.close())));
  await inTime(closeMs, options.close());
  log.info({}, 'stopped');
}

/** Whether the work ended within `ms`. */
async function inTime(ms: number, work: Promise<unknown>): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<boolean>((resolve) => {
    timer = setTimeout(() => resolve(false), ms);
  });
  try {
    return await Promise.race([
      work.then(
        () => true,
        () => true,
      ),
      late,
    ]);
  } finally {
    clearTimeout(timer);
  }
}
