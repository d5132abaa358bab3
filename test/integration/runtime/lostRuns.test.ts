import { Redis } from 'ioredis';
import { afterEach, expect, it, vi } from 'vitest';
import { createBench, createTrace, inState } from '../../faults/queue/harness.ts';
import { startPrivateRedis, uniquePrefix } from '../../support/servers.ts';
import { nightly, schedulesOf } from './schedulesBench.ts';

afterEach(() => {
  vi.useRealTimers();
});

function clocksShow(instant: string): void {
  vi.useFakeTimers({ toFake: ['Date'], now: Date.parse(instant) });
}

async function flush(url: string): Promise<void> {
  const client = new Redis(url);
  await client.flushall();
  client.disconnect();
}

const unchanged = { set: [], removed: [], caughtUp: [] };
/** 02:00 in Shanghai. */
const due = '2027-03-10T18:00:00.000Z';
const tomorrow = '2027-03-11T18:00:00.000Z';
const backupOf = { backup: 'x_backup_20270310_180000', proof: null };
const catchUp = { queue: 'backup', id: `catchup-backup-nothing-${Date.parse(due)}` } as const;

/** Queues in a Redis of their own, which has planned tonight's run. */
async function evening() {
  const redis = await startPrivateRedis();
  const bench = await createBench({ url: redis.url, prefix: uniquePrefix() });
  clocksShow('2027-03-10T17:00:00Z');
  const { schedules, kept } = schedulesOf(bench, [nightly]);
  expect(await schedules.sync()).toEqual({ ...unchanged, set: ['backup-nothing'] });
  expect(kept.next).toEqual({ 'backup-nothing': due });
  return {
    redis,
    bench,
    schedules,
    kept,
    async [Symbol.asyncDispose]() {
      await bench[Symbol.asyncDispose]();
      await redis[Symbol.asyncDispose]();
    },
  };
}

it('a run that fell due while Redis had lost everything is made up for, once', async () => {
  await using night = await evening();
  const { redis, bench, schedules, kept } = night;
  await flush(redis.url);
  clocksShow('2027-03-10T19:30:00Z');
  const both = await Promise.all([schedules.sync(), schedules.sync()]);
  expect(both.map(({ caughtUp }) => caughtUp)).toContainEqual(['backup-nothing']);
  // Until the catch-up has run, another loss must bring it again.
  expect(kept.next).toEqual({ 'backup-nothing': due });
  expect(await schedules.sync()).toEqual(unchanged);

  const trace = createTrace();
  await bench.work({
    backup: async (_payload, { late }) => {
      trace.add(late ?? 'in time');
      return backupOf;
    },
  });
  const ran = await inState(bench.jobs, catchUp, 'completed');
  const said = `A catch-up run: it was planned for ${due} and did not happen then.`;
  expect(ran.log.join()).toContain(said);
  expect(ran.payload).toEqual({ database: 'nothing', by: 'schedule', reason: 'schedule' });
  expect(await schedules.sync()).toEqual(unchanged);
  expect(kept.next).toEqual({ 'backup-nothing': tomorrow });

  await flush(redis.url);
  expect(await schedules.sync()).toEqual({ ...unchanged, set: ['backup-nothing'] });
  expect((await schedules.get('backup-nothing')).nextRunAt).toBe(tomorrow);
  expect(trace.events).toEqual([said]);
});

it('a run that was going when Redis lost everything is made up for, unless it has left a report', async () => {
  await using night = await evening();
  const { redis, bench, schedules, kept } = night;
  const trace = createTrace();
  clocksShow('2027-03-10T18:00:01Z');
  await bench.work({
    backup: async (_payload, { jobId, signal }) => {
      trace.add(jobId);
      if (jobId === catchUp.id) return backupOf;
      const { promise, reject } = Promise.withResolvers<never>();
      signal.addEventListener('abort', () => reject(signal.reason));
      return promise;
    },
  });
  const mine = `repeat:backup-nothing:${Date.parse(due)}`;
  await trace.reached(mine);
  expect(await schedules.sync()).toEqual(unchanged);
  expect(kept.next).toEqual({ 'backup-nothing': due });

  await flush(redis.url);
  kept.reports.add(mine);
  expect(await schedules.sync()).toEqual({ ...unchanged, set: ['backup-nothing'] });
  kept.reports.clear();
  kept.next = { 'backup-nothing': due };
  await flush(redis.url);
  expect(await schedules.sync()).toMatchObject({ caughtUp: ['backup-nothing'] });
  await inState(bench.jobs, catchUp, 'completed');
  expect(trace.events).toEqual([mine, catchUp.id]);
});

it('a schedule that is new, or was switched off meanwhile, has nothing to make up for', async () => {
  await using night = await evening();
  const { redis, schedules, kept } = night;
  const off = { job: 'backup', payload: nightly.payload, cron: nightly.cron, timezone: 'UTC' } as const;
  await schedules.put('backup-nothing', { ...off, enabled: false }, 'anna');
  await schedules.put('another', { ...off, enabled: true }, 'anna');
  await schedules.sync();
  expect(Object.keys(kept.next)).toEqual(['another']);
  kept.next = {};
  await flush(redis.url);
  clocksShow('2027-03-11T18:30:00Z');
  await schedules.remove('backup-nothing');
  expect(await schedules.sync()).toEqual({ ...unchanged, set: ['another'] });
});
