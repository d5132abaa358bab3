import { join } from 'node:path';
import { SagekeepError } from '@sagekeep/contracts';
import { Redis } from 'ioredis';
import { expect, it } from 'vitest';
import { spawnNode } from '../../support/processes.ts';
import { redisUrl, uniquePrefix } from '../../support/servers.ts';
import { benchEnvironment, createBench, createTrace, done, inState, runChild } from './harness.ts';

const program = join(import.meta.dirname, 'programs/holding.ts');

it('a cancellation from another process reaches the running child', async () => {
  const redis = { url: redisUrl(), prefix: uniquePrefix() };
  await using bench = await createBench(redis);
  await using worker = spawnNode(program, { env: benchEnvironment(redis) });
  const job = await bench.jobs.add('monitor', { by: 'test' });
  await worker.line(/child started/);
  await bench.jobs.cancel('monitor', job.id, 'anna');
  await worker.line(/child dead/);
  const ended = await inState(bench.jobs, job, 'failed');
  expect(ended.error?.code).toBe('CANCELLED');
  expect(ended.error?.message).toContain('anna');
  expect(ended.attempts.made).toBe(1);
});

it('a job that has failed is removed, and one that is done is refused', async () => {
  await using bench = await createBench({ url: redisUrl(), prefix: uniquePrefix() });
  await bench.work({
    scrub: () => Promise.reject(new SagekeepError('TOOL_FAILED', 'It broke.')),
    monitor: async () => done,
  });
  const broken = await bench.jobs.add('scrub', { by: 'test' });
  await inState(bench.jobs, broken, 'failed');
  expect((await bench.jobs.cancel('verify', broken.id, 'anna')).state).toBe('failed');
  await expect(bench.jobs.get('verify', broken.id)).rejects.toMatchObject({ code: 'UNKNOWN_JOB' });
  const whole = await bench.jobs.add('monitor', { by: 'test' });
  await inState(bench.jobs, whole, 'completed');
  await expect(bench.jobs.cancel('monitor', whole.id, 'anna')).rejects.toMatchObject({
    code: 'JOB_NOT_CANCELLABLE',
  });
});

it('a cancellation whose message was lost is found by its flag', async () => {
  const redis = { url: redisUrl(), prefix: uniquePrefix() };
  await using bench = await createBench(redis);
  const trace = createTrace();
  await bench.work({ monitor: (_payload, context) => runChild(context, trace) });
  const job = await bench.jobs.add('monitor', { by: 'test' });
  await trace.reached('child started');
  const client = new Redis(redis.url);
  await client.set(
    `${redis.prefix}:cancel:monitor:${job.id}`,
    JSON.stringify({ queue: 'monitor', id: job.id, by: 'anna' }),
  );
  client.disconnect();
  const ended = await inState(bench.jobs, job, 'failed');
  expect(ended.error?.code).toBe('CANCELLED');
});

it('a job that waits is removed', async () => {
  await using bench = await createBench({ url: redisUrl(), prefix: uniquePrefix() });
  const job = await bench.jobs.add('monitor', { by: 'test' });
  await bench.jobs.cancel('monitor', job.id, 'anna');
  await expect(bench.jobs.get('monitor', job.id)).rejects.toMatchObject({ code: 'UNKNOWN_JOB' });
});
