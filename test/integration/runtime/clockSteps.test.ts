import type { ScheduleBody } from '@sagekeep/contracts';
import { afterEach, expect, it, vi } from 'vitest';
import { type Bench, createBench, createTrace, inState } from '../../faults/queue/harness.ts';
import { redisUrl, uniquePrefix } from '../../support/servers.ts';
import { nightly, schedulesOf } from './schedulesBench.ts';

afterEach(() => {
  vi.useRealTimers();
});

/** What every clock shows from now on. */
function clocksShow(instant: string): void {
  vi.useFakeTimers({ toFake: ['Date'], now: Date.parse(instant) });
}

const unchanged = { set: [], removed: [], caughtUp: [] };
/** 02:00 in Shanghai. */
const due = '2027-03-10T18:00:00.000Z';
const backupOf = { backup: 'x_backup_20270310_180000', proof: null };

/** A worker takes the run that is due, and is gone again. */
async function runAt(bench: Bench, instant: string, id: string) {
  clocksShow(instant);
  const workers = await bench.work({ backup: async () => backupOf });
  const ran = await inState(bench.jobs, { queue: 'backup', id }, 'completed');
  await workers.stop({ now: true });
  return ran;
}

it.each<[string, ScheduleBody, string]>([
  ['daily', body({ cron: '0 2 * * *' }), '2027-03-10T02:00:00.000Z'],
  ['hourly', body({ cron: '0 * * * *' }), '2027-03-09T13:00:00.000Z'],
  ['every ten minutes', body({ everyMs: 600_000 }), '2027-03-09T12:00:00.000Z'],
])('a clock that was a week ahead does not stop what runs %s', async (_, schedule, next) => {
  await using bench = await createBench({ url: redisUrl(), prefix: uniquePrefix() });
  const { schedules } = schedulesOf(bench, []);
  clocksShow('2027-03-16T12:00:00Z');
  await schedules.put('look', schedule, 'anna');
  // What goes by an interval has run at once; its next run is a week away, too.
  const workers = await bench.work({ monitor: async () => ({ status: 'pass', findings: [] }) });
  const id = `repeat:look:${Date.now()}`;
  if (schedule.everyMs !== undefined) await inState(bench.jobs, { queue: 'monitor', id }, 'completed');
  await workers.stop({ now: true });

  clocksShow('2027-03-09T12:00:00Z');
  expect(await schedules.sync()).toEqual({ ...unchanged, set: ['look'] });
  expect((await schedules.get('look')).nextRunAt).toBe(next);
  expect(await schedules.sync()).toEqual(unchanged);
});

it('a clock that is set back over a run does not bring that run twice', async () => {
  await using bench = await createBench({ url: redisUrl(), prefix: uniquePrefix() });
  const { schedules } = schedulesOf(bench, [nightly]);
  clocksShow('2027-03-10T17:00:00Z');
  await schedules.sync();
  await runAt(bench, '2027-03-10T18:00:01Z', `repeat:backup-nothing:${Date.parse(due)}`);

  clocksShow('2027-03-10T17:10:00Z');
  expect(await schedules.sync()).toEqual(unchanged);
  expect((await schedules.get('backup-nothing')).nextRunAt).toBe('2027-03-11T18:00:00.000Z');
  clocksShow('2027-03-10T18:10:00Z');
  expect(await schedules.sync()).toEqual(unchanged);
});

it('a run that a clock half a day ahead brought too early runs again at its time, once', async () => {
  await using bench = await createBench({ url: redisUrl(), prefix: uniquePrefix() });
  const { schedules } = schedulesOf(bench, [nightly]);
  clocksShow('2027-03-10T03:00:00Z');
  await schedules.sync();
  await runAt(bench, '2027-03-10T18:00:01Z', `repeat:backup-nothing:${Date.parse(due)}`);

  clocksShow('2027-03-10T06:00:00Z');
  expect(await schedules.sync()).toEqual({ ...unchanged, set: ['backup-nothing'] });
  expect(await schedules.sync()).toEqual(unchanged);
  const again = { queue: 'backup', id: `catchup-backup-nothing-${Date.parse(due)}` } as const;
  expect(await bench.jobs.get('backup', again.id)).toMatchObject({ state: 'delayed' });
  const ran = await runAt(bench, '2027-03-10T18:00:02Z', again.id);
  expect(ran.log.join()).toContain(`A catch-up run: it was planned for ${due}`);
  expect(await schedules.sync()).toEqual(unchanged);
  expect((await schedules.get('backup-nothing')).nextRunAt).toBe('2027-03-11T18:00:00.000Z');
});

it('days that a wrong clock has used up are run all the same: BullMQ stops before them', async () => {
  await using bench = await createBench({ url: redisUrl(), prefix: uniquePrefix() });
  const { schedules } = schedulesOf(bench, [nightly]);
  const changed = { ...unchanged, set: ['backup-nothing'] };
  const at = (day: number) => Date.parse(due) + day * 86_400_000;
  const soonAfter = (day: number) => new Date(at(day) + 2_000).toISOString();
  clocksShow('2027-03-10T17:00:00Z');
  await schedules.sync();
  await runAt(bench, '2027-03-12T17:00:00Z', `repeat:backup-nothing:${at(0)}`);
  await runAt(bench, soonAfter(2), `repeat:backup-nothing:${at(2)}`);

  clocksShow('2027-03-10T18:30:00Z');
  expect(await schedules.sync()).toEqual(changed);
  await runAt(bench, soonAfter(1), `repeat:backup-nothing:${at(1)}`);
  expect(await schedules.sync()).toEqual(changed);
  expect(await schedules.sync()).toEqual(unchanged);
  await runAt(bench, soonAfter(2), `catchup-backup-nothing-${at(2)}`);
  expect(await schedules.sync()).toEqual(changed);
  await runAt(bench, soonAfter(3), `repeat:backup-nothing:${at(3)}`);
  expect(await schedules.sync()).toEqual(unchanged);
});

it('BullMQ plans by our rule, in the queue and in the worker: a time that spring leaves out', async () => {
  await using bench = await createBench({ url: redisUrl(), prefix: uniquePrefix() });
  const spring = { ...nightly, cron: '30 2 * * *', timezone: 'Europe/Berlin' };
  const { schedules } = schedulesOf(bench, [spring]);
  clocksShow('2027-03-28T00:10:00Z');
  await schedules.sync();
  const changeOfClocks = '2027-03-28T01:00:00.000Z';
  expect((await schedules.get(spring.name)).nextRunAt).toBe(changeOfClocks);
  await runAt(bench, '2027-03-28T01:00:01Z', `repeat:${spring.name}:${Date.parse(changeOfClocks)}`);
  expect((await schedules.get(spring.name)).nextRunAt).toBe('2027-03-29T00:30:00.000Z');
});

it('an overdue run stays due when a clock is set back to before it', async () => {
  await using bench = await createBench({ url: redisUrl(), prefix: uniquePrefix() });
  const { schedules } = schedulesOf(bench, [nightly]);
  clocksShow('2027-03-10T17:00:00Z');
  await schedules.sync();
  clocksShow('2027-03-10T20:00:00Z');
  expect(await schedules.sync()).toEqual(unchanged);
  clocksShow('2027-03-10T17:30:00Z');
  expect(await schedules.sync()).toEqual(unchanged);
  const trace = createTrace();
  clocksShow('2027-03-10T20:00:00Z');
  await bench.work({
    backup: async () => {
      trace.add('ran');
      return backupOf;
    },
  });
  await inState(bench.jobs, { queue: 'backup', id: `repeat:backup-nothing:${Date.parse(due)}` }, 'completed');
  expect(trace.events).toEqual(['ran']);
});

function body(when: { cron: string } | { everyMs: number }): ScheduleBody {
  return { job: 'monitor', payload: {}, timezone: 'UTC', enabled: true, ...when };
}
