import { Redis } from 'ioredis';
import { expect, it } from 'vitest';
import { redisUrl, startPrivateRedis, uniquePrefix } from '../../support/servers.ts';
import { createBench } from './harness.ts';
import { openLink } from './support/link.ts';

it('a write that comes too late to a Redis that answers is sent anew, and done once', async () => {
  // One that knows none of the scripts yet.
  await using redis = await startPrivateRedis();
  const beside = new Redis(redis.url);
  let key = '';
  let late = 0;
  await using link = await openLink(redis.url, (chunk, to, pass) => {
    const text = chunk.toString('latin1');
    key = /[^\r\n]+:gate:[^\r\n]+/.exec(text)?.[0] ?? key;
    const isWrite = to === 'redis' && /\r\nmulti\r\n/i.test(text);
    if (!isWrite || late === 2) return pass();
    late += 1;
    // As if the key that allows it had expired on the way.
    void beside.del(key).then(pass);
  });
  await using bench = await createBench({ url: link.url, prefix: uniquePrefix() });
  const job = await bench.jobs.add('monitor', { by: 'test' });
  expect(late).toBe(2);
  const { items } = await bench.jobs.list({ queue: 'monitor' });
  expect(items.map(({ id }) => id)).toEqual([job.id]);
  beside.disconnect();
});

it('a process that stood still for seconds does not take a Redis that answers for one that is away', async () => {
  await using bench = await createBench({ url: redisUrl(), prefix: uniquePrefix() });
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 3_000);
  expect((await bench.jobs.add('monitor', { by: 'test' })).state).toBe('waiting');
});
