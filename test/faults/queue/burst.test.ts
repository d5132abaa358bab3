import { expect, it } from 'vitest';
import { redisUrl, startPrivateRedis, uniquePrefix } from '../../support/servers.ts';
import { startStopwatch } from '../../support/stopwatch.ts';
import { createBench } from './harness.ts';
import { openSilentLink } from './support/silentLink.ts';
import { openSlowLink } from './support/slowLink.ts';

function backupOf(database: string) {
  return { database, reason: 'manual' as const, by: 'test' };
}

it('150 jobs at once are all taken, however long the way to a healthy Redis', async () => {
  await using link = await openSlowLink(redisUrl(), 15);
  await using bench = await createBench({ url: link.url, prefix: uniquePrefix() });
  const asked = Array.from({ length: 150 }, (_, number) => bench.jobs.add('backup', backupOf(`d${number}`)));
  const jobs = await Promise.all(asked);
  expect(new Set(jobs.map(({ id }) => id)).size).toBe(150);
  expect((await bench.jobs.counts()).backup).toMatchObject({ waiting: 150 });
});

it('a Redis that freezes in the middle of a burst: all are answered within a second, truthfully', async () => {
  await using redis = await startPrivateRedis();
  await using link = await openSlowLink(redis.url, 15);
  await using bench = await createBench({ url: link.url, prefix: uniquePrefix() });
  const asked = Array.from({ length: 150 }, (_, number) => bench.jobs.add('backup', backupOf(`d${number}`)));
  const settled = Promise.allSettled(asked);
  await Promise.any(asked);
  using frozen = startStopwatch();
  await redis.signal('SIGSTOP');
  const outcomes = await settled;
  expect(frozen.ms()).toBeLessThan(1_500);
  await redis.signal('SIGCONT');

  await expect.poll(() => bench.jobs.ready(), { timeout: 20_000 }).toBe(true);
  // Later on the same connections: whatever was still on its way has been executed by now.
  await bench.jobs.add('monitor', { by: 'test' });
  const { items } = await bench.jobs.list({ queue: 'backup', limit: 200 });
  const taken = outcomes.filter(({ status }) => status === 'fulfilled').length;
  expect(taken).toBeGreaterThan(0);
  expect(taken).toBeLessThan(150);
  for (const outcome of outcomes) {
    if (outcome.status === 'rejected') expect(outcome.reason).toMatchObject({ code: 'QUEUE_UNAVAILABLE' });
    else expect(items.map(({ id }) => id)).toContain(outcome.value.id);
  }
  // Beyond those, at most the one transaction that Redis was executing when it froze.
  expect(items.length - taken).toBeLessThanOrEqual(16);
});

it('a Redis that falls silent when it has taken a job with a key: the job is no failure', async () => {
  // The first look is for a job that has the key already, the second for what has been added.
  await using link = await openSilentLink(redisUrl(), { command: 'hgetall', time: 2 });
  const prefix = uniquePrefix();
  await using bench = await createBench({ url: link.url, prefix });
  const job = await bench.jobs.add('monitor', { by: 'test' }, { idempotencyKey: 'tuesday' });
  expect(job.state).toBe('unknown');
  await using beside = await createBench({ url: redisUrl(), prefix });
  expect((await beside.jobs.get('monitor', job.id)).state).toBe('waiting');
});
