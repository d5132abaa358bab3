import type { Log } from '@sagekeep/contracts';
import type { Queue } from 'bullmq';
import { Redis } from 'ioredis';
import { expect, it } from 'vitest';
import { createBench, quiet } from '../../faults/queue/harness.ts';
import { redisUrl, uniquePrefix } from '../../support/servers.ts';
import { nightly, schedulesOf } from './schedulesBench.ts';

async function scene() {
  const bench = await createBench({ url: redisUrl(), prefix: uniquePrefix() });
  const warned: unknown[] = [];
  const log: Log = { ...quiet, warn: (facts) => void warned.push(facts) };
  const { schedules } = schedulesOf(bench, [nightly], log);
  await schedules.sync();
  const queue = bench.jobs.queue('backup');
  return { schedules, warned, queue, [Symbol.asyncDispose]: () => bench[Symbol.asyncDispose]() };
}

/** Writes into a job scheduler behind BullMQ's back, which makes it one that is due in an hour if it was none. */
async function write(queue: Queue, name: string, fields: Record<string, string>): Promise<void> {
  const client = new Redis(redisUrl());
  await client.hset(queue.toKey(`repeat:${name}`), fields);
  await client.zadd(queue.toKey('repeat'), 'NX', Date.now() + 3_600_000, name);
  client.disconnect();
}

it.each([
  [{ data: '{"database":"no' }, ['data']],
  [{ opts: '{"attempts":' }, ['opts']],
  [{ opts: 'null' }, ['opts']],
  [{ data: 'x', opts: 'x' }, ['opts', 'data']],
])(
  'a schedule that is no JSON in Redis (%j) is listed as before, told, and set anew',
  async (broken, unreadable) => {
    await using place = await scene();
    const { schedules, warned, queue } = place;
    const listed = await schedules.list();
    const whole = await queue.getJobScheduler(nightly.name);
    await write(queue, nightly.name, broken);
    expect(await schedules.list()).toEqual(listed);
    expect(await queue.getJobSchedulers()).toHaveLength(1);

    expect(await schedules.sync()).toEqual({ set: [nightly.name], removed: [], caughtUp: [] });
    expect(warned).toEqual([{ schedule: nightly.name, unreadable }]);
    expect(await queue.getJobScheduler(nightly.name)).toEqual(whole);
    expect(await schedules.sync()).toEqual({ set: [], removed: [], caughtUp: [] });
    expect(warned).toHaveLength(1);
  },
);

it('one that nobody declared goes, and no other with it', async () => {
  await using place = await scene();
  const { schedules, warned, queue } = place;
  await write(queue, 'stranger', { name: 'backup', pattern: '0 2 * * *', data: '{', ic: '1' });
  expect(await schedules.sync()).toEqual({ set: [], removed: ['stranger'], caughtUp: [] });
  expect(warned).toEqual([{ schedule: 'stranger', unreadable: ['data'] }]);
  expect((await queue.getJobSchedulers()).map(({ key }) => key)).toEqual([nightly.name]);
});
