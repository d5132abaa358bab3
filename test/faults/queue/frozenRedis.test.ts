import { expect, it } from 'vitest';
import { startPrivateRedis, uniquePrefix } from '../../support/servers.ts';
import { startStopwatch } from '../../support/stopwatch.ts';
import { createBench, createTrace, inState, runChild, shortLock, shortLockMs } from './harness.ts';

it('a frozen Redis ends the run before its lock can expire, and never runs a job twice at once', async () => {
  await using redis = await startPrivateRedis();
  await using bench = await createBench({
    url: redis.url,
    prefix: uniquePrefix(),
    environment: shortLock,
  });
  const trace = createTrace();
  let running = 0;
  let most = 0;
  let runs = 0;
  const handlers = {
    backup: async (_payload: unknown, context: Parameters<typeof runChild>[0]) => {
      runs += 1;
      most = Math.max(most, ++running);
      try {
        if (runs > 1) return { backup: 'x_backup_20260101_000000', proof: null };
        return await runChild(context, trace);
      } finally {
        running -= 1;
      }
    },
  };
  // Two slots in each of two workers: whoever is free would take the job again.
  await bench.work(handlers);
  await bench.work(handlers);
  const job = await bench.jobs.add('backup', { database: 'x', reason: 'manual', by: 'test' });
  await trace.reached('child started');

  using frozen = startStopwatch();
  await redis.signal('SIGSTOP');
  await trace.reached('aborted');
  const abortedAfter = frozen.ms();
  await trace.reached('child dead');
  // Long enough for the lock to expire and the job to count as stalled.
  await new Promise((resolve) => setTimeout(resolve, shortLockMs));
  await redis.signal('SIGCONT');

  const ended = await inState(bench.jobs, job, 'completed', 'failed');
  expect(ended.state).toBe('completed');
  expect(abortedAfter).toBeLessThan(shortLockMs);
  expect(most).toBe(1);
  expect(trace.events).toEqual(['child started', 'aborted', 'child dead']);
});

it('a job that is slow to die is not started again beside itself', async () => {
  await using redis = await startPrivateRedis();
  await using bench = await createBench({
    url: redis.url,
    prefix: uniquePrefix(),
    environment: shortLock,
  });
  const trace = createTrace();
  const { promise: mayDie, resolve: letDie } = Promise.withResolvers<void>();
  let runs = 0;
  await bench.work({
    backup: async (_payload, context) => {
      runs += 1;
      trace.add(`run ${runs} begins`);
      if (runs === 1) {
        await mayDie;
        trace.add('run 1 ends');
        context.signal.throwIfAborted();
      }
      return { backup: 'x_backup_20260101_000000', proof: null };
    },
  });
  const job = await bench.jobs.add('backup', { database: 'x', reason: 'manual', by: 'test' });
  await trace.reached('run 1 begins');
  await redis.signal('SIGSTOP');
  await new Promise((resolve) => setTimeout(resolve, 2 * shortLockMs));
  await redis.signal('SIGCONT');
  // BullMQ has given the job to this process again when its started counter says so.
  const queue = bench.jobs.queue('backup');
  await expect
    .poll(async () => (await queue.getJob(job.id))?.attemptsStarted, { timeout: 20_000 })
    .toBeGreaterThan(1);
  expect(trace.events).toEqual(['run 1 begins']);
  letDie();
  const ended = await inState(bench.jobs, job, 'completed', 'failed');
  expect(ended.state).toBe('completed');
  expect(ended.attempts.made).toBe(1);
  expect(trace.events).toEqual(['run 1 begins', 'run 1 ends', 'run 2 begins']);
});
