import { createJobs, type JobHandler } from '@sagekeep/runtime';
import { expect, it } from 'vitest';
import { waitFor } from '../../support/events.ts';
import { startPrivateRedis, uniquePrefix } from '../../support/servers.ts';
import { startStopwatch } from '../../support/stopwatch.ts';
import { createBench, done, inState, quiet } from './harness.ts';

const refused = { code: 'QUEUE_UNAVAILABLE' };

function backupOf(database: string) {
  return { database, reason: 'manual' as const, by: 'test' };
}

/** Names of the databases whose backups are in the queue, asked after everything sent before was executed. */
async function enqueued(bench: Awaited<ReturnType<typeof createBench>>): Promise<string[]> {
  await waitFor(() => bench.jobs.ready(), { what: 'the queues' });
  // Later on the same connections: whatever was still on its way has been executed by now.
  await bench.jobs.add('backup', backupOf('sentinel'));
  const { items } = await bench.jobs.list({ queue: 'backup' });
  return items
    .map((job) => (job.payload as { database: string }).database)
    .filter((name) => name !== 'sentinel');
}

it('a frozen Redis: refused within a second, and never enqueued later', async () => {
  await using redis = await startPrivateRedis();
  await using bench = await createBench({ url: redis.url, prefix: uniquePrefix() });
  await redis.signal('SIGSTOP');
  using asking = startStopwatch();
  // The first ones find a connection that looks alive.
  const asked = ['one', 'two', 'three'].map((name) => bench.jobs.add('backup', backupOf(name)));
  await Promise.all(asked.map((answer) => expect(answer).rejects.toMatchObject(refused)));
  expect(asking.ms()).toBeLessThan(1_500);
  await redis.signal('SIGCONT');
  expect(await enqueued(bench)).toEqual([]);
});

it('a retry that was refused is never carried out later', async () => {
  await using redis = await startPrivateRedis();
  await using bench = await createBench({ url: redis.url, prefix: uniquePrefix() });
  const workers = await bench.work({
    monitor: () => Promise.reject(new Error('it fails')),
  });
  const job = await bench.jobs.add('monitor', { by: 'test' });
  await inState(bench.jobs, job, 'failed');
  await workers.stop({ now: true });
  await redis.signal('SIGSTOP');
  await expect(bench.jobs.retry('monitor', job.id)).rejects.toMatchObject(refused);
  await redis.signal('SIGCONT');
  await enqueued(bench);
  expect((await bench.jobs.get('monitor', job.id)).state).toBe('failed');
});

it.each(['waits', 'runs'])(
  'a cancellation of a job that %s and was refused is never carried out later',
  async (how) => {
    await using redis = await startPrivateRedis();
    await using bench = await createBench({ url: redis.url, prefix: uniquePrefix() });
    const { promise: mayEnd, resolve: end } = Promise.withResolvers<void>();
    const job = await bench.jobs.add('monitor', { by: 'test' });
    const monitor: JobHandler<'monitor'> = async (_payload, context) => {
      await mayEnd;
      context.signal.throwIfAborted();
      return done;
    };
    if (how === 'runs') {
      await bench.work({ monitor });
      await inState(bench.jobs, job, 'active');
    }
    await redis.signal('SIGSTOP');
    await expect(bench.jobs.cancel('monitor', job.id, 'anna')).rejects.toMatchObject(refused);
    await redis.signal('SIGCONT');
    await enqueued(bench);
    if (how === 'waits') await bench.work({ monitor });
    end();
    const ended = await inState(bench.jobs, job, 'completed', 'failed');
    expect(ended.state).toBe('completed');
  },
);

it('a Redis that is gone: refused, and it recovers by itself', async () => {
  await using redis = await startPrivateRedis();
  await using bench = await createBench({ url: redis.url, prefix: uniquePrefix() });
  await redis.signal('SIGKILL');
  await expect(bench.jobs.add('backup', backupOf('gone'))).rejects.toMatchObject(refused);
  await redis.restart();
  expect(await enqueued(bench)).toEqual([]);
  expect((await bench.jobs.add('backup', backupOf('after'))).state).toBe('waiting');
});

it('a Redis that was away from the beginning: refused, and it recovers by itself', async () => {
  await using redis = await startPrivateRedis();
  await using bench = await createBench({ url: redis.url, prefix: uniquePrefix() });
  await redis.signal('SIGKILL');
  const late = createJobs(bench.configuration, quiet);
  await expect(late.add('backup', backupOf('early'))).rejects.toMatchObject(refused);
  await redis.restart();
  await waitFor(() => late.ready(), { what: 'the late queues' });
  expect(await enqueued(bench)).toEqual([]);
  expect((await late.add('backup', backupOf('after'))).state).toBe('waiting');
  await late.close();
});
