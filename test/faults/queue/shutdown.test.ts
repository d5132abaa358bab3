import { join } from 'node:path';
import { expect, it } from 'vitest';
import { spawnNode } from '../../support/processes.ts';
import { redisUrl, startPrivateRedis, uniquePrefix } from '../../support/servers.ts';
import { benchEnvironment, createBench, done, inState } from './harness.ts';

const program = join(import.meta.dirname, 'programs/holding.ts');

it('shutdown kills the child, hands the job back and uses no attempt', async () => {
  const redis = { url: redisUrl(), prefix: uniquePrefix() };
  await using bench = await createBench(redis);
  await using worker = spawnNode(program, { env: benchEnvironment(redis) });
  const job = await bench.jobs.add('monitor', { by: 'test' });
  await worker.line(/child started/);
  worker.child.kill('SIGTERM');
  expect(await worker.finished).toEqual({ code: 0, signal: null });
  expect(worker.lines.filter((line) => line !== 'ready')).toEqual(['child started', 'aborted', 'child dead']);

  const waiting = await inState(bench.jobs, job, 'waiting');
  expect(waiting.attempts.made).toBe(0);
  await bench.work({ monitor: async () => done });
  expect((await inState(bench.jobs, job, 'completed', 'failed')).state).toBe('completed');
});

it('a worker whose Redis is frozen still stops', async () => {
  await using server = await startPrivateRedis();
  const redis = { url: server.url, prefix: uniquePrefix() };
  await using bench = await createBench(redis);
  await using worker = spawnNode(program, { env: benchEnvironment(redis) });
  await bench.jobs.add('monitor', { by: 'test' });
  await worker.line(/child started/);
  await server.signal('SIGSTOP');
  worker.child.kill('SIGTERM');
  expect(await worker.finished).toEqual({ code: 0, signal: null });
  expect(worker.lines).toContain('child dead');
  await server.signal('SIGCONT');
});
