import { createSchedules, type ScheduleRecord } from '@sagekeep/runtime';
import { expect, it } from 'vitest';
import { startPrivateRedis, uniquePrefix } from '../../support/servers.ts';
import { startStopwatch } from '../../support/stopwatch.ts';
import { createBench, quiet } from './harness.ts';

const body = { job: 'backup', payload: { database: 'nothing' }, timezone: 'UTC', enabled: true } as const;
const early = { ...body, cron: '0 2 * * *' };
const late = { ...body, cron: '0 5 * * *' };

it.each(['before', 'in the middle of'] as const)(
  'a Redis that freezes just %s a change of schedules: refused within a second, and nothing changed',
  async (when) => {
    await using redis = await startPrivateRedis();
    await using bench = await createBench({ url: redis.url, prefix: uniquePrefix() });
    const kept = new Map<string, ScheduleRecord>();
    let onWrite = async () => {};
    const schedules = createSchedules({
      configuration: { ...bench.configuration, schedules: [] },
      jobs: bench.jobs,
      log: quiet,
      now: () => new Date(),
      records: {
        list: async () => ({ items: [...kept.values()], damaged: [] }),
        async put(name, record) {
          kept.set(name, record);
          await onWrite();
        },
        async remove(name) {
          kept.delete(name);
          await onWrite();
        },
      },
    });
    await schedules.put('nightly', early, 'anna');
    const before = [...kept.values()];
    const freeze = () => redis.signal('SIGSTOP');

    for (const change of [
      () => schedules.put('nightly', late, 'otto'),
      () => schedules.put('other', late, 'otto'),
      () => schedules.remove('nightly'),
    ]) {
      await expect.poll(() => bench.jobs.ready(), { timeout: 20_000 }).toBe(true);
      if (when === 'before') await freeze();
      else onWrite = freeze;
      using changing = startStopwatch();
      await expect(change()).rejects.toMatchObject({ code: 'QUEUE_UNAVAILABLE' });
      expect(changing.ms()).toBeLessThan(1_500);
      if (when === 'before')
        await expect(schedules.list()).rejects.toMatchObject({ code: 'QUEUE_UNAVAILABLE' });
      onWrite = async () => {};
      await redis.signal('SIGCONT');
      await expect.poll(() => bench.jobs.ready(), { timeout: 20_000 }).toBe(true);
      await bench.jobs.ask(() => bench.jobs.queue('backup').getJobCounts());
      expect([...kept.values()]).toEqual(before);
      expect(await schedules.list()).toMatchObject([{ name: 'nightly', cron: '0 2 * * *' }]);
      expect(await bench.jobs.queue('backup').getJobSchedulers()).toMatchObject([{ pattern: '0 2 * * *' }]);
    }
  },
);
