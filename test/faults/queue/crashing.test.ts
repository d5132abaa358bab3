import { join } from 'node:path';
import { Redis } from 'ioredis';
import { expect, it } from 'vitest';
import { spawnNode } from '../../support/processes.ts';
import { redisUrl, uniquePrefix } from '../../support/servers.ts';
import { benchEnvironment, createBench, done, inState } from './harness.ts';
import { createQueueKeys } from './redis.ts';

const program = join(import.meta.dirname, 'programs/dying.ts');

it.concurrent.each(['by hand', 'by a schedule'])(
  'a job made %s that kills its worker each time ends failed',
  async (made) => {
    const redis = { url: redisUrl(), prefix: uniquePrefix() };
    await using bench = await createBench(redis);
    const queue = bench.jobs.queue('monitor');
    let id: string;
    if (made === 'by hand') id = (await bench.jobs.add('monitor', { by: 'test' })).id;
    else {
      const armed = await queue.upsertJobScheduler(
        'hourly',
        { every: 3_600_000 },
        { name: 'monitor', data: {}, opts: { attempts: 2, backoff: { type: 'custom' } } },
      );
      id = armed?.id ?? '';
    }
    const failed = inState(bench.jobs, { queue: 'monitor', id }, 'failed');
    const client = new Redis(redis.url);
    const lock = createQueueKeys(redis.prefix, 'monitor').lock(id);
    let deaths = 0;
    for (;;) {
      await using worker = spawnNode(program, { env: benchEnvironment(redis) });
      const end = await Promise.race([worker.finished, failed]);
      if ('state' in end) {
        expect(end.error?.code).toBe('CRASHED_REPEATEDLY');
        break;
      }
      deaths += 1;
      expect(deaths).toBeLessThanOrEqual(4);
      // It would run out by itself.
      await client.del(lock);
    }
    client.disconnect();
    expect(deaths).toBe(4);

    // A person who has mended the reason gets a fresh start.
    await bench.work({ monitor: async () => done });
    await bench.jobs.retry('monitor', id);
    const again = await inState(bench.jobs, { queue: 'monitor', id }, 'completed', 'failed');
    expect(again.state).toBe('completed');
  },
);
