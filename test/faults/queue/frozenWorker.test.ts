import { join } from 'node:path';
import { expect, it } from 'vitest';
import { spawnNode } from '../../support/processes.ts';
import { redisUrl, uniquePrefix } from '../../support/servers.ts';
import { benchEnvironment, createBench, done, inState, shortLock } from './harness.ts';

const program = join(import.meta.dirname, 'programs/holding.ts');

it('a worker frozen beyond its lock ends its run the moment it goes on, and changes nothing', async () => {
  const redis = { url: redisUrl(), prefix: uniquePrefix() };
  await using bench = await createBench({ ...redis, environment: shortLock });
  await using worker = spawnNode(program, { env: { ...benchEnvironment(redis), ...shortLock } });
  const job = await bench.jobs.add('monitor', { by: 'test' });
  await worker.line(/child started/);
  worker.child.kill('SIGSTOP');
  const successor = await bench.work({ monitor: async () => done });
  const taken = await inState(bench.jobs, job, 'completed');
  await successor.stop({ now: true });

  worker.child.kill('SIGCONT');
  await worker.line(/child dead/);
  worker.child.kill('SIGTERM');
  expect(await worker.finished).toEqual({ code: 0, signal: null });
  expect(await bench.jobs.get('monitor', job.id)).toEqual(taken);
});
