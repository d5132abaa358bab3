import type { Configuration, QueueName, QueueTiming } from '@sagekeep/contracts';
import { QueueName as queueNames } from '@sagekeep/contracts';
import type { FileShape } from './shape.ts';
import { durationVariable, numberVariable, type Sources, variable } from './sources.ts';

const defaultConcurrency: Readonly<Record<QueueName, number>> = {
  backup: 2,
  restore: 1,
  verify: 1,
  cleanup: 1,
  monitor: 1,
  alert: 4,
};

/** How long a restore is ready to wait for others. */
export function readRestore(sources: Sources, file: FileShape): Configuration['restore'] {
  const patience = durationVariable(sources, 'SAGEKEEP_RESTORE_PATIENCE') ?? file.restore?.patience;
  return { patienceMs: patience ?? 60_000 };
}

/** Timing of locks and shutdown, and how many jobs of a queue one worker runs at once. */
export function readQueues(sources: Sources, file: FileShape): Configuration['queues'] {
  const shape = file.queues ?? {};
  for (const name of Object.keys(shape.concurrency ?? {}))
    if (!queueNames.safeParse(name).success)
      sources.faults.add(`queues.concurrency.${name}`, `is no queue (${queueNames.options.join(', ')})`);
  const timing: QueueTiming = {
    lockMs: durationVariable(sources, 'SAGEKEEP_LOCK') ?? shape.lock ?? 30_000,
    stalledIntervalMs:
      durationVariable(sources, 'SAGEKEEP_STALLED_INTERVAL') ?? shape.stalledInterval ?? 30_000,
    killGraceMs: durationVariable(sources, 'SAGEKEEP_KILL_GRACE') ?? shape.killGrace ?? 5_000,
    shutdownGraceMs: durationVariable(sources, 'SAGEKEEP_SHUTDOWN_GRACE') ?? shape.shutdownGrace ?? 10_000,
    longestWaitMs: durationVariable(sources, 'SAGEKEEP_LONGEST_WAIT') ?? shape.longestWait ?? 6 * 3_600_000,
    backoffFactor: numberVariable(sources, 'SAGEKEEP_BACKOFF_FACTOR', [0, 100]) ?? 1,
  };
  if (timing.lockMs < 500) sources.faults.add('queues.lock', 'must be at least 500ms');
  if (timing.stalledIntervalMs < 100) sources.faults.add('queues.stalledInterval', 'must be at least 100ms');
  return {
    ...timing,
    concurrency: { ...defaultConcurrency, ...shape.concurrency },
    borders: variable(sources, 'SAGEKEEP_BORDERS'),
  };
}
