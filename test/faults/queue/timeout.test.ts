import { expect, it } from 'vitest';
import { redisUrl, uniquePrefix } from '../../support/servers.ts';
import { createBench, createTrace, inState, runChild } from './harness.ts';

it('an attempt that takes too long is ended with its child, and the next attempt is its own', async () => {
  await using bench = await createBench({ url: redisUrl(), prefix: uniquePrefix() });
  const trace = createTrace();
  await bench.work(
    { monitor: (_payload, context) => runChild(context, trace) },
    { timeouts: { monitor: 300 } },
  );
  const job = await bench.jobs.add('monitor', { by: 'test' });
  const ended = await inState(bench.jobs, job, 'failed');
  expect(ended.error).toMatchObject({
    code: 'TIMEOUT',
    message: 'The attempt took longer than 300 ms and was ended.',
  });
  expect(ended.attempts).toEqual({ made: 2, of: 2 });
  const attempt = ['child started', 'aborted', 'child dead'];
  expect(trace.events).toEqual([...attempt, ...attempt]);
});
