import { SagekeepError } from '@sagekeep/contracts';
import { nextRun, parseCron } from '@sagekeep/runtime';
import { Redis } from 'ioredis';
import { afterEach, expect, it, vi } from 'vitest';
import { type Bench, createBench, createTrace, done, inState } from '../../faults/queue/harness.ts';
import { waitFor } from '../../support/events.ts';
import { redisUrl, startPrivateRedis, uniquePrefix } from '../../support/servers.ts';
import { nightly, schedulesOf } from './schedulesBench.ts';

afterEach(() => {
  vi.useRealTimers();
});

it('declared schedules come to Redis once, and at the time that our rule says', async () => {
  await using bench = await createBench({ url: redisUrl(), prefix: uniquePrefix() });
  const { schedules } = schedulesOf(bench, [nightly, { ...nightly, name: 'off', enabled: false }]);
  expect(await schedules.sync()).toEqual({ set: ['backup-nothing'], removed: [], caughtUp: [] });
  expect(await schedules.sync()).toEqual({ set: [], removed: [], caughtUp: [] });

  const due = nextRun(parseCron(nightly.cron), nightly.timezone, Date.now()) ?? 0;
  const [on, off] = await schedules.list();
  expect(on).toMatchObject({ name: 'backup-nothing', source: 'configuration' });
  expect(on?.nextRunAt).toBe(new Date(due).toISOString());
  expect(off).toMatchObject({ name: 'off', enabled: false, nextRunAt: null });

  const { items } = await bench.jobs.list({ queue: 'backup', state: 'delayed' });
  expect(items).toHaveLength(1);
  expect(items[0]?.payload).toEqual({ database: 'nothing', by: 'schedule', reason: 'schedule' });
});

it('what users put outranks what is declared, and is taken back by DELETE', async () => {
  await using bench = await createBench({ url: redisUrl(), prefix: uniquePrefix() });
  const { schedules, kept } = schedulesOf(bench, [nightly]);
  await schedules.sync();
  const body = { job: 'backup', payload: nightly.payload, timezone: 'UTC', enabled: true } as const;

  const changed = await schedules.put('backup-nothing', { ...body, cron: '30 4 * * *' }, 'anna');
  expect(changed).toMatchObject({ source: 'user', cron: '30 4 * * *', timezone: 'UTC' });
  expect(changed.nextRunAt).toMatch(/T04:30:00/);
  await schedules.put('backup-nothing', { ...body, cron: '30 4 * * *', enabled: false }, 'anna');
  expect((await bench.jobs.queue('backup').getJobSchedulers()).length).toBe(0);

  await schedules.remove('backup-nothing');
  expect(kept.records.size).toBe(0);
  expect(await schedules.get('backup-nothing')).toMatchObject({ source: 'configuration', cron: '0 2 * * *' });
  expect((await bench.jobs.queue('backup').getJobSchedulers()).length).toBe(1);
  await expect(schedules.remove('backup-nothing')).rejects.toMatchObject({ code: 'CONFLICT' });
  await expect(schedules.remove('nobody')).rejects.toMatchObject({ code: 'UNKNOWN_SCHEDULE' });
});

it('a declared schedule that was switched goes on as the configuration says', async () => {
  await using bench = await createBench({ url: redisUrl(), prefix: uniquePrefix() });
  const { schedules, kept } = schedulesOf(bench, [nightly]);
  expect(await schedules.turn('backup-nothing', false, 'anna')).toMatchObject({ enabled: false });
  expect(await bench.jobs.queue('backup').getJobSchedulers()).toEqual([]);
  await schedules.turn('backup-nothing', true, 'anna');
  expect(kept.records.size).toBe(0);

  const off = schedulesOf(bench, [{ ...nightly, enabled: false }]);
  await off.schedules.turn('backup-nothing', true, 'anna');
  const edited = schedulesOf(bench, [{ ...nightly, enabled: false, cron: '15 4 * * *', timezone: 'UTC' }]);
  for (const [name, record] of off.kept.records) edited.kept.records.set(name, record);
  expect(await edited.schedules.sync()).toMatchObject({ set: ['backup-nothing'] });
  const { nextRunAt, ...switched } = await edited.schedules.get('backup-nothing');
  expect(nextRunAt).toMatch(/T04:15:00/);
  expect(switched).toMatchObject({ cron: '15 4 * * *', enabled: true, source: 'configuration' });

  const gone = schedulesOf(bench, []);
  for (const [name, record] of off.kept.records) gone.kept.records.set(name, record);
  expect(await gone.schedules.list()).toEqual([]);
  await expect(gone.schedules.turn('backup-nothing', true, 'anna')).rejects.toMatchObject({
    code: 'UNKNOWN_SCHEDULE',
  });
});

it('a schedule that a user put is switched in its own record', async () => {
  await using bench = await createBench({ url: redisUrl(), prefix: uniquePrefix() });
  const { schedules, kept } = schedulesOf(bench, [nightly]);
  const body = { job: 'backup', payload: nightly.payload, cron: '30 4 * * *', timezone: 'UTC' } as const;
  await schedules.put('backup-nothing', { ...body, enabled: true }, 'anna');
  const off = await schedules.turn('backup-nothing', false, 'otto');
  expect(off).toMatchObject({ cron: '30 4 * * *', enabled: false, source: 'user' });
  expect([...kept.records.values()]).toMatchObject([{ by: 'otto', body: { ...body, enabled: false } }]);
});

it.each([
  [{ cron: '0 2 30 2 *' }, 'cron'],
  [{ cron: '0 25 * * *' }, 'cron'],
  [{ cron: '0 2 * * *', timezone: 'Mars/Olympus' }, 'timezone'],
  [{ cron: '0 2 * * *', payload: {} }, 'payload.database'],
])('a schedule that cannot run is refused: %j', async (wrong, field) => {
  await using bench = await createBench({ url: redisUrl(), prefix: uniquePrefix() });
  const { schedules, kept } = schedulesOf(bench, []);
  const body = { job: 'backup', payload: { database: 'nothing' }, timezone: 'UTC', enabled: true } as const;
  await expect(schedules.put('x', { ...body, ...wrong }, 'anna')).rejects.toMatchObject({
    code: 'INVALID_INPUT',
    facts: { errors: [{ field }] },
  });
  expect(kept.records.size).toBe(0);
});

it('what a flushed Redis lost is back once', async () => {
  await using redis = await startPrivateRedis();
  await using bench = await createBench({ url: redis.url, prefix: uniquePrefix() });
  const { schedules } = schedulesOf(bench, [nightly]);
  await schedules.sync();
  const before = await schedules.list();
  const client = new Redis(redis.url);
  await client.flushall();
  client.disconnect();
  await Promise.all([schedules.sync(), schedules.sync()]);
  expect(await schedules.list()).toEqual(before);
  expect((await bench.jobs.list({ queue: 'backup' })).items).toHaveLength(1);
});

it('an overdue run survives a restart of everything and runs once, late, and says so', async () => {
  await using bench = await createBench({ url: redisUrl(), prefix: uniquePrefix() });
  const everyMinute = { ...nightly, name: 'minutely', job: 'monitor', payload: {}, cron: '* * * * *' };
  const { schedules } = schedulesOf(bench, [everyMinute]);
  // Planned ten minutes ago, by processes that then stood still: ten runs have fallen due. No clock here passes a minute.
  const clocksShow = (instant: string) => vi.useFakeTimers({ toFake: ['Date'], now: Date.parse(instant) });
  clocksShow('2027-03-10T12:00:30Z');
  await schedules.sync();
  const due = Date.parse((await schedules.get('minutely')).nextRunAt ?? '');
  clocksShow('2027-03-10T12:10:30Z');
  expect(due).toBeLessThan(Date.now() - 500_000);

  // A restart finds the run overdue: it must not be planned anew.
  expect(await schedulesOf(bench, [everyMinute]).schedules.sync()).toEqual({
    set: [],
    removed: [],
    caughtUp: [],
  });
  await bench.work({ monitor: async () => done });
  const ran = await inState(bench.jobs, { queue: 'monitor', id: `repeat:minutely:${due}` }, 'completed');
  expect(ran.payload).toEqual({ by: 'schedule' });
  expect(ran.log.join()).toContain(`A late run: it was planned for ${new Date(due).toISOString()}.`);
  const { items } = await bench.jobs.list({ queue: 'monitor' });
  const next = nextRun(parseCron('* * * * *'), 'UTC', Date.parse(ran.startedAt ?? ''));
  expect(items.map(({ id }) => id)).toEqual([`repeat:minutely:${next}`, ran.id]);
});

it('while Redis is known to be away a list computes the next runs', async () => {
  await using redis = await startPrivateRedis();
  await using bench = await createBench({ url: redis.url, prefix: uniquePrefix() });
  const { schedules } = schedulesOf(bench, [nightly]);
  await schedules.sync();
  const before = await schedules.list();
  await redis.signal('SIGKILL');
  await waitFor(() => !bench.jobs.ready(), { what: 'the outage to be noticed' });
  expect(await schedules.list()).toEqual(before);
});

it('a run that fails does not stop its schedule', async () => {
  await using bench = await createBench({ url: redisUrl(), prefix: uniquePrefix() });
  const { schedules } = schedulesOf(bench, [nightly]);
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() - 86_400_000 });
  await schedules.sync();
  const due = Date.parse((await schedules.get(nightly.name)).nextRunAt ?? '');
  vi.useRealTimers();
  await bench.work({
    backup: () => Promise.reject(new SagekeepError('AUTHENTICATION_FAILED', 'wrong password')),
  });
  await inState(bench.jobs, { queue: 'backup', id: `repeat:${nightly.name}:${due}` }, 'failed');
  expect(await schedules.sync()).toEqual({ set: [], removed: [], caughtUp: [] });
  const { nextRunAt } = await schedules.get(nightly.name);
  expect(Date.parse(nextRunAt ?? '')).toBeGreaterThan(Date.now());
  const { items } = await bench.jobs.list({ queue: 'backup', state: 'delayed' });
  expect(items.map(({ id }) => id)).toEqual([`repeat:${nightly.name}:${Date.parse(nextRunAt ?? '')}`]);
});

it('a run is skipped while the one before waits for its next attempt', async () => {
  const environment = { SAGEKEEP_BACKOFF_FACTOR: '10' };
  await using bench = await createBench({ url: redisUrl(), prefix: uniquePrefix(), environment });
  const refused = new SagekeepError('SERVER_UNREACHABLE', 'nobody answers', { retryable: true });
  await bench.work({ backup: () => Promise.reject(refused) });
  const queue = bench.jobs.queue('backup');
  await queue.upsertJobScheduler(
    'often',
    { every: 300 },
    { name: 'backup', data: { database: 'nothing' }, opts: { attempts: 4, backoff: { type: 'custom' } } },
  );
  const skipped = await waitFor(
    async () => (await bench.jobs.list({ queue: 'backup', state: 'completed' })).items[0],
  );
  await queue.removeJobScheduler('often');
  expect(skipped.result).toEqual({ skipped: expect.stringContaining('still going') });
});

it('a run is skipped while the one before is still going', async () => {
  await using bench = await createBench({ url: redisUrl(), prefix: uniquePrefix() });
  const trace = createTrace();
  const { promise: released, resolve: release } = Promise.withResolvers<void>();
  await bench.work({
    backup: async () => {
      trace.add('began');
      await released;
      return { backup: 'x_backup_20260101_000000', proof: null };
    },
  });
  const queue = bench.jobs.queue('backup');
  await queue.upsertJobScheduler(
    'often',
    { every: 300 },
    { name: 'backup', data: { database: 'nothing' }, opts: { attempts: 1 } },
  );
  await trace.reached('began');
  const skipped = await waitFor(
    async () => (await bench.jobs.list({ queue: 'backup', state: 'completed' })).items[0],
  );
  await queue.removeJobScheduler('often');
  release();
  expect(skipped.result).toEqual({ skipped: expect.stringContaining('still going') });
  expect(trace.events).toEqual(['began']);
});

const weekly = {
  ...{ job: 'backup' as const, payload: { ...nightly.payload } },
  ...{ cron: '0 6 * * 1', timezone: 'UTC', enabled: true },
};
const namesIn = async ({ jobs }: Bench) =>
  (await jobs.queue('backup').getJobSchedulers()).map(({ key }) => key).sort();

it('what is put or switched off while schedules are brought up to date stays as it was put', async () => {
  await using bench = await createBench({ url: redisUrl(), prefix: uniquePrefix() });
  const { schedules, kept } = schedulesOf(bench, [nightly]);
  kept.afterRead = () => schedules.put('weekly', weekly, 'anna');
  await schedules.sync();
  expect(await namesIn(bench)).toEqual(['backup-nothing', 'weekly']);
  kept.afterRead = () => schedules.turn('weekly', false, 'anna');
  await schedules.sync();
  expect(await namesIn(bench)).toEqual(['backup-nothing']);
});

it('a declared schedule that was switched off stays so while its record is damaged', async () => {
  await using bench = await createBench({ url: redisUrl(), prefix: uniquePrefix() });
  const { schedules, kept } = schedulesOf(bench, [nightly]);
  const { name } = nightly;
  await schedules.sync();
  await schedules.turn(name, false, 'anna');
  kept.records.delete(name);
  kept.damaged.add(name);
  await schedules.sync();
  expect(await namesIn(bench)).toEqual([]);
  expect(await schedules.list()).toEqual([]);
  expect(await schedules.listAll()).toEqual({ items: [], damaged: [name] });
  const damaged = { code: 'STORAGE_FAILED' };
  await expect(schedules.get(name)).rejects.toMatchObject(damaged);
  await expect(schedules.turn(name, true, 'anna')).rejects.toMatchObject(damaged);
  await schedules.remove(name);
  expect(await namesIn(bench)).toEqual([name]);
});

it('a schedule whose record is damaged goes on as Redis has it, until it is set again or removed', async () => {
  await using bench = await createBench({ url: redisUrl(), prefix: uniquePrefix() });
  const { schedules, kept } = schedulesOf(bench, [nightly]);
  await schedules.put('weekly', weekly, 'anna');
  kept.records.delete('weekly');
  kept.damaged.add('weekly');
  expect((await schedules.sync()).removed).toEqual([]);
  expect(await namesIn(bench)).toEqual(['backup-nothing', 'weekly']);
  await expect(schedules.get('weekly')).rejects.toMatchObject({ code: 'STORAGE_FAILED' });
  await schedules.remove('weekly');
  expect(await namesIn(bench)).toEqual(['backup-nothing']);
});
