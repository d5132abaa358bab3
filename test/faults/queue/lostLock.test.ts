import { Redis } from 'ioredis';
import { expect, it } from 'vitest';
import { redisUrl, uniquePrefix } from '../../support/servers.ts';
import { createBench, createTrace, done, inState, runChild, shortLock } from './harness.ts';
import { createQueueKeys } from './redis.ts';

it('a lost lock ends the child before the job settles, and the job is run again without using an attempt', async () => {
  const redis = { url: redisUrl(), prefix: uniquePrefix() };
  await using bench = await createBench({ ...redis, environment: shortLock });
  const trace = createTrace();
  let runs = 0;
  await bench.work({
    monitor: async (_payload, context) => {
      runs += 1;
      if (runs > 1) {
        trace.add('second run');
        return done;
      }
      return runChild(context, trace);
    },
  });
  const job = await bench.jobs.add('monitor', { by: 'test' });
  await trace.reached('child started');

  const client = new Redis(redis.url);
  await client.del(createQueueKeys(redis.prefix, 'monitor').lock(job.id));
  client.disconnect();

  const ended = await inState(bench.jobs, job, 'completed', 'failed');
  expect(ended.state).toBe('completed');
  expect(ended.attempts.made).toBe(1);
  expect(trace.events).toEqual(['child started', 'aborted', 'child dead', 'second run']);
});
