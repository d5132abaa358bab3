import { createSchedules, loadConfiguration } from '@sagekeep/runtime';
import { Redis } from 'ioredis';
import { expect, it } from 'vitest';
import { scheduleRecords } from '../../../apps/worker/src/scheduleRecords.ts';
import { quiet } from '../../faults/queue/harness.ts';
import { waitFor } from '../../support/events.ts';
import { temporaryFolder } from '../../support/folders.ts';
import { administer, createDatabase, startPrivateRedis } from '../../support/servers.ts';
import { startWorker, type WorkerBench } from './harness.ts';

const by = 'test';
const lookMs = 60_000;

/** When each run of the monitor was due, newest first; the next one included. */
async function dueTimes({ jobs }: WorkerBench): Promise<number[]> {
  const { items } = await jobs.list({ queue: 'monitor' });
  return items
    .map(({ id }) => Number(/^repeat:monitor:(\d+)$/.exec(id)?.[1]))
    .filter((due) => !Number.isNaN(due));
}

async function memories(url: string): Promise<number> {
  let rows = 0;
  await administer(async (client) => {
    const answer = await client.query('select count(*)::int as rows from memories');
    rows = answer.rows[0].rows;
  }, url);
  return rows;
}

function ended({ jobs }: WorkerBench, due: number) {
  return waitFor(
    async () => {
      const job = await jobs.get('monitor', `repeat:monitor:${due}`).catch(() => null);
      return job?.state === 'completed' && job;
    },
    { what: 'a scheduled look', withinMs: 2 * lookMs },
  );
}

it('a Redis that is flushed at work loses no backup, no schedule, no run and no way back', {
  timeout: 300_000,
}, async () => {
  using folder = temporaryFolder();
  await using redis = await startPrivateRedis();
  await using database = await createDatabase({ template: 'sample' });
  const sage = { url: database.url, proof: { when: 'never' } };
  const configuration = { databases: { sage }, schedules: { monitor: '* * * * *' } };
  await using worker = await startWorker(folder.path, configuration, redis.url);
  const { jobs, vault } = worker;
  const environment = { SAGEKEEP_CONFIG: `${folder.path}/sagekeep.yaml`, REDIS_URL: redis.url };
  const schedules = createSchedules({
    configuration: loadConfiguration({ environment, cwd: folder.path }),
    jobs,
    records: scheduleRecords(vault),
    log: quiet,
    now: () => new Date(),
  });
  // Half a day away: it does not fall due meanwhile.
  const cron = `0 ${(new Date().getUTCHours() + 12) % 24} * * *`;
  await schedules.put(
    'far',
    { job: 'backup', payload: { database: 'sage' }, cron, timezone: 'UTC', enabled: true },
    by,
  );

  const { backup } = (await worker.done('backup', { database: 'sage', reason: 'manual', by })) as {
    backup: string;
  };
  await administer((client) => client.query('delete from memories'), database.url);
  const restored = await worker.done('restore', {
    database: 'sage',
    backup,
    withoutSafety: true,
    inPlace: false,
    createRoles: false,
    trustFile: false,
    onMismatch: 'drop',
    by,
  });
  expect(await memories(database.url)).toBe(400);
  // Just after a run, so that the next one is a whole minute away when Redis forgets it.
  const [due = 0] = await waitFor(async () => (await dueTimes(worker)).length > 0 && dueTimes(worker));
  const { finishedAt } = await ended(worker, due);
  const before = await schedules.list();
  const client = new Redis(redis.url);
  await client.flushall();
  client.disconnect();

  const { backups } = await vault.catalogue.list({ database: 'sage' });
  expect(backups.map(({ manifest }) => manifest.id)).toContain(backup);
  const next = Math.floor(Date.parse(finishedAt ?? '') / lookMs) * lookMs + lookMs;
  const run = await ended(worker, next);
  expect(Date.parse(run.startedAt ?? '') - next).toBeLessThan(lookMs / 2);
  expect((await dueTimes(worker)).filter((each) => each <= next)).toEqual([next]);
  const after = await schedules.list();
  expect(after.map(({ nextRunAt: _, ...each }) => each)).toEqual(
    before.map(({ nextRunAt: _, ...each }) => each),
  );
  const others = ({ name }: { name: string }) => name !== 'monitor';
  expect(after.filter(others)).toEqual(before.filter(others));

  const { restore } = restored as { restore: string };
  await worker.done('undo', { database: 'sage', restore, by });
  expect(await memories(database.url)).toBe(0);
});
