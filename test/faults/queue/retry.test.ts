import { SagekeepError } from '@sagekeep/contracts';
import { addDelivery } from '@sagekeep/runtime';
import { expect, it } from 'vitest';
import { redisUrl, uniquePrefix } from '../../support/servers.ts';
import { createBench, inState } from './harness.ts';

it('a manual retry gets its automatic retries back', async () => {
  await using bench = await createBench({ url: redisUrl(), prefix: uniquePrefix() });
  let runs = 0;
  await bench.work({
    monitor: async () => {
      runs += 1;
      throw new SagekeepError('SERVER_UNREACHABLE', 'It does not answer.', { retryable: true });
    },
  });
  const job = await bench.jobs.add('monitor', { by: 'test' });
  const first = await inState(bench.jobs, job, 'failed');
  expect(first.attempts).toEqual({ made: 2, of: 2 });
  expect(first.error).toEqual({ code: 'SERVER_UNREACHABLE', message: 'It does not answer.', advice: null });
  await bench.jobs.retry('monitor', job.id);
  await expect.poll(() => runs, { timeout: 20_000 }).toBe(4);
  const second = await inState(bench.jobs, job, 'failed');
  expect(second.attempts).toEqual({ made: 2, of: 2 });
});

it('a failure that a retry cannot mend is not retried', async () => {
  await using bench = await createBench({ url: redisUrl(), prefix: uniquePrefix() });
  let runs = 0;
  await bench.work({
    monitor: async () => {
      runs += 1;
      throw new SagekeepError('AUTHENTICATION_FAILED', 'Wrong password.', { advice: 'Correct it.' });
    },
  });
  const job = await bench.jobs.add('monitor', { by: 'test' });
  const ended = await inState(bench.jobs, job, 'failed');
  expect(ended.error).toEqual({
    code: 'AUTHENTICATION_FAILED',
    message: 'Wrong password.',
    advice: 'Correct it.',
  });
  expect(runs).toBe(1);
});

it('a payload put straight into Redis that does not parse fails at once', async () => {
  await using bench = await createBench({ url: redisUrl(), prefix: uniquePrefix() });
  let runs = 0;
  await bench.work({
    backup: async () => {
      runs += 1;
      throw new Error('must not run');
    },
  });
  const queue = bench.jobs.queue('backup');
  const bad = await queue.add('backup', { database: '../etc', surprise: true }, { attempts: 5 });
  const foreign = await queue.add('restore', { database: 'sage', backup: 'latest' }, { attempts: 5 });
  for (const { id = '' } of [bad, foreign]) {
    const ended = await inState(bench.jobs, { queue: 'backup', id }, 'failed');
    expect(ended.error?.code).toBe('INVALID_INPUT');
    expect(ended.attempts.made).toBe(1);
  }
  expect(runs).toBe(0);
});

it('a delivery that was given up starts anew when it is enqueued again, and what was taken is known', async () => {
  await using bench = await createBench({ url: redisUrl(), prefix: uniquePrefix() });
  let runs = 0;
  let listens = false;
  await bench.work({
    deliver: async () => {
      runs += 1;
      if (!listens) throw new SagekeepError('DELIVERY_FAILED', 'Nobody listens.');
      return { delivered: true, detail: 'taken' };
    },
  });
  const at = new Date().toISOString();
  const payload = { incident: 'i1', channel: 'hook', event: 'opened' as const, at };
  const inAlert = async (state: 'failed' | 'completed') => {
    const [job] = (await bench.jobs.list({ queue: 'alert' })).items;
    return inState(bench.jobs, job ?? { queue: 'alert', id: '' }, state);
  };
  expect(await addDelivery(bench.jobs, payload, 'key')).toBe('waiting');
  await inAlert('failed');
  listens = true;
  // Other words of the same thing: the key counts.
  expect(await addDelivery(bench.jobs, { ...payload, at: new Date(0).toISOString() }, 'key')).toBe('waiting');
  await inAlert('completed');
  expect(await addDelivery(bench.jobs, payload, 'key')).toBe('taken');
  expect(runs).toBe(2);
  expect((await bench.jobs.list({ queue: 'alert' })).items).toHaveLength(1);
});
