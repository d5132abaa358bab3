import type { Jobs } from '@sagekeep/runtime';
import { temporaryVault } from '@sagekeep/storage/testing';
import { Worker } from 'bullmq';
import { expect, it } from 'vitest';
import { jobsInFlight } from '../../../apps/worker/src/jobs/inFlight.ts';
import { createBench, inState } from '../../faults/queue/harness.ts';
import { redisUrl, startPrivateRedis, uniquePrefix } from '../../support/servers.ts';

const id = (hour: string) => `sage_backup_20261122_${hour}0000`;
const by = 'anna';
const options = { withoutSafety: false, inPlace: false, createRoles: false, trustFile: false } as const;
const plan = { database: 'sage', ...options, by } as const;
const restore = { ...plan, onMismatch: 'drop' } as const;

it('names every backup that a queued job will read, by its id or by a dump of it, and what will be undone', async () => {
  await using bench = await createBench({ url: redisUrl(), prefix: uniquePrefix() });
  await using place = await temporaryVault();
  const { jobs } = bench;
  await jobs.add('restore', { ...restore, backup: id('01') });
  await jobs.add('restore', { ...restore, file: `sage/${id('02')}/${id('02')}.sql.custom` });
  await jobs.add('plan', { ...plan, file: `sage/${id('03')}/${id('03')}.sql.zst` });
  await jobs.add('plan', { ...plan, file: 'old/sage_backup_20250725_220441.sql' });
  await jobs.add('prove', { backup: id('04'), drill: false, by });
  await jobs.add('undo', { database: 'sage', restore: 'sage_restore_1', by });
  const { backups, undoing, known } = await jobsInFlight(jobs, place.vault);
  expect(known).toBe(true);
  expect(undoing).toEqual(['sage_restore_1']);
  expect([...backups].sort()).toEqual(['01', '02', '03', '04'].map(id));
});

it('names the backup of a job that goes back to its queue while the queues are read', async () => {
  await using bench = await createBench({ url: redisUrl(), prefix: uniquePrefix() });
  await using place = await temporaryVault();
  const { jobs } = bench;
  const { id: job } = await jobs.add('restore', { ...restore, backup: id('01') });
  const queue = jobs.queue('restore');
  const worker = new Worker('restore', null, {
    connection: { url: redisUrl() },
    prefix: bench.configuration.redis.prefix,
    autorun: false,
  });
  const taken = await worker.getNextJob('token');
  expect(taken?.id).toBe(job);
  let asked = 0;
  const list: Jobs['list'] = async (filter) => {
    // Its worker ends, and hands it back, when those that wait have been read.
    if (filter.queue === 'restore' && filter.state === 'active' && asked++ === 0)
      await taken?.moveToWait('token');
    return jobs.list(filter);
  };
  try {
    expect((await jobsInFlight({ ...jobs, list }, place.vault)).backups).toEqual([id('01')]);
    expect(await queue.getWaitingCount()).toBe(1);
  } finally {
    await worker.close();
  }
});

it('tells of a proof that it has ended, once it has; one that nobody knows may live elsewhere', async () => {
  await using bench = await createBench({ url: redisUrl(), prefix: uniquePrefix() });
  await using place = await temporaryVault();
  const { id: proof } = await bench.jobs.add('prove', { backup: id('01'), drill: false, by });
  const ended = async (job: string) => (await jobsInFlight(bench.jobs, place.vault)).hasEnded?.(job);
  expect(await ended(proof)).toBe(false);
  expect(await ended('offline-1')).toBe(false);
  await bench.work({});
  await inState(bench.jobs, { queue: 'verify', id: proof }, 'failed');
  expect(await ended(proof)).toBe(true);
});

it('says so when the queue does not answer', async () => {
  await using redis = await startPrivateRedis();
  await using bench = await createBench({ url: redis.url, prefix: uniquePrefix() });
  await using place = await temporaryVault();
  await redis.signal('SIGKILL');
  expect(await jobsInFlight(bench.jobs, place.vault)).toMatchObject({ backups: [], known: false });
});
