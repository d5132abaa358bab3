import { temporaryVault } from '@sagekeep/storage/testing';
import { expect, it } from 'vitest';
import { jobsInFlight } from '../../../apps/worker/src/jobs/inFlight.ts';
import { createBench, inState } from '../../faults/queue/harness.ts';
import { redisUrl, startPrivateRedis, uniquePrefix } from '../../support/servers.ts';

const id = (hour: string) => `sage_backup_20261122_${hour}0000`;
const by = 'anna';
const options = { withoutSafety: false, inPlace: false, createRoles: false, trustFile: false } as const;
const plan = { database: 'sage', ...options, by } as const;
const restore = { ...plan, onMismatch: 'drop' } as const;

it('names every backup that a queued job will read, by its id or by a dump of it', async () => {
  await using bench = await createBench({ url: redisUrl(), prefix: uniquePrefix() });
  await using place = await temporaryVault();
  const { jobs } = bench;
  await jobs.add('restore', { ...restore, backup: id('01') });
  await jobs.add('restore', { ...restore, file: `sage/${id('02')}/${id('02')}.sql.custom` });
  await jobs.add('plan', { ...plan, file: `sage/${id('03')}/${id('03')}.sql.zst` });
  await jobs.add('plan', { ...plan, file: 'old/sage_backup_20250725_220441.sql' });
  await jobs.add('prove', { backup: id('04'), drill: false, by });
  const { backups, known } = await jobsInFlight(jobs, place.vault);
  expect(known).toBe(true);
  expect([...backups].sort()).toEqual(['01', '02', '03', '04'].map(id));
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
