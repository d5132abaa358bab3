import { memoryVault, temporaryVault } from '@sagekeep/storage/testing';
import { describe, expect, it } from 'vitest';
import { statusOf } from '../status/statusOf.ts';
import { backup, databaseConfig, hour, noon, statusFacts } from '../testing/facts.ts';
import type { DiskFacts, MonitorFacts } from './facts.ts';
import { hoursUntilFull } from './forecast.ts';
import { monitorFindings } from './monitorFindings.ts';
import { diskHistories, keepLook, lastLook, worst } from './observations.ts';
import { readRedisInfo } from './readRedisInfo.ts';

const info = (changes: Record<string, string> = {}) =>
  Object.entries({
    used_memory: '100000000',
    total_system_memory: '8000000000',
    maxmemory: '0',
    maxmemory_policy: 'noeviction',
    aof_enabled: '1',
    rdb_last_bgsave_status: 'ok',
    aof_last_write_status: 'ok',
    ...changes,
  })
    .map(([name, value]) => `${name}:${value}`)
    .join('\r\n');

const disk: DiskFacts = { database: null, location: '/backups', freeBytes: 50, totalBytes: 100, history: [] };

const healthy: MonitorFacts = {
  disks: [disk],
  redis: readRedisInfo(info(), '3600 1'),
  queues: [{ name: 'backup', waiting: 1, failed: 0, oldestWaitingMs: 1000 }],
  workers: 1,
  databases: statusOf(statusFacts()).databases,
  now: noon,
};

function sized(maxBytes: number) {
  const retention = { ...databaseConfig().retention, maxBytes };
  return statusOf(statusFacts({ databases: [databaseConfig({ retention })] })).databases;
}

function status(changes: Partial<MonitorFacts>, id: string) {
  return monitorFindings({ ...healthy, ...changes }).find((finding) => finding.id === id)?.status;
}

it('has nothing to say of a healthy house', () => {
  expect(monitorFindings(healthy).filter((finding) => finding.status !== 'pass')).toEqual([]);
});

it.each<[string, Partial<MonitorFacts>, string]>([
  ['disk.storage', { disks: [{ ...disk, freeBytes: 15 }] }, 'warn'],
  ['disk.storage', { disks: [{ ...disk, freeBytes: 5 }] }, 'fail'],
  ['redis.answers', { redis: null }, 'fail'],
  ['redis.memory', { redis: readRedisInfo(info({ maxmemory: '120000000' }), '') }, 'warn'],
  ['redis.memory', { redis: readRedisInfo(info({ maxmemory: '105000000' }), '') }, 'fail'],
  [
    'redis.policy',
    { redis: readRedisInfo(info({ maxmemory_policy: 'allkeys-lru', maxmemory: '900000000' }), '') },
    'fail',
  ],
  ['redis.policy', { redis: readRedisInfo(info({ maxmemory_policy: 'volatile-lru' }), '') }, 'warn'],
  ['redis.persistence', { redis: readRedisInfo(info({ aof_enabled: '0' }), '') }, 'warn'],
  ['redis.persistence', { redis: readRedisInfo(info({ aof_enabled: '0' }), '3600 1') }, 'pass'],
  ['redis.persistence', { redis: readRedisInfo(info({ rdb_last_bgsave_status: 'err' }), '3600 1') }, 'fail'],
  ['queues.workers', { workers: 0 }, 'fail'],
  [
    'queues.waiting',
    { queues: [{ name: 'backup', waiting: 2, failed: 0, oldestWaitingMs: 3 * hour }] },
    'warn',
  ],
  ['queues.failed', { queues: [{ name: 'backup', waiting: 0, failed: 1, oldestWaitingMs: null }] }, 'warn'],
  [
    'targets.rpo',
    { databases: statusOf(statusFacts({ backups: [backup({ at: '2026-11-20T02:00:00Z' })] })).databases },
    'fail',
  ],
  [
    'targets.rto',
    { databases: statusOf(statusFacts({ databases: [databaseConfig({ rtoMs: 1000 })] })).databases },
    'warn',
  ],
  ['targets.rto', { databases: statusOf(statusFacts({ backups: [] })).databases }, 'skip'],
  ['retention.max-bytes', { databases: sized(1e6) }, 'warn'],
  ['retention.max-bytes', { databases: sized(1e9) }, 'pass'],
])('%s speaks up', (id, changes, expected) => {
  expect(status(changes, id)).toBe(expected);
});

describe('the forecast', () => {
  const looks = (free: (h: number) => number, hours = 24) =>
    Array.from({ length: hours }, (_, h) => ({
      at: new Date(noon.getTime() + h * hour),
      freeBytes: free(h),
    }));

  it('is the time at the present rate', () => {
    expect(hoursUntilFull(looks((h) => 1000 - 10 * h))).toBeCloseTo(77, 5);
    expect(hoursUntilFull(looks((h) => 1000 - 10 * h + (h % 2) * 5))).toBeGreaterThan(70);
  });

  it('is none for a disk that does not fill up, and none without a trend', () => {
    expect(hoursUntilFull(looks((h) => 1000 + h))).toBeNull();
    expect(hoursUntilFull(looks((h) => 1000 - 10 * h, 3))).toBeNull();
    expect(hoursUntilFull(looks((h) => 1000 - h).map((look) => ({ ...look, at: noon })))).toBeNull();
  });

  it('warns three days before and fails one day before', () => {
    const history = looks((h) => 1000 - 10 * h);
    const now = new Date(noon.getTime() + 24 * hour);
    const at = (freeBytes: number) =>
      status({ now, disks: [{ ...disk, history, freeBytes, totalBytes: 1000 }] }, 'disk.storage-forecast');
    expect(at(760)).toBe('pass');
    const steep = looks((h) => 1000 - 40 * h);
    const left = status(
      { now, disks: [{ ...disk, history: steep, freeBytes: 40, totalBytes: 1000 }] },
      'disk.storage-forecast',
    );
    expect(left).toBe('fail');
    const middle = looks((h) => 1000 - 20 * h);
    expect(
      status(
        { now, disks: [{ ...disk, history: middle, freeBytes: 520, totalBytes: 1000 }] },
        'disk.storage-forecast',
      ),
    ).toBe('warn');
  });
});

it('tells of each server’s disk when it will be full; how full it is a check of the database says', () => {
  const history = [1, 2, 3, 4, 5, 6, 7].map((ago) => ({
    at: new Date(noon.getTime() - ago * hour),
    freeBytes: 40 + 10 * ago,
  }));
  const server: DiskFacts = { ...disk, database: 'sage', location: 'server of sage', freeBytes: 40, history };
  const findings = monitorFindings({ ...healthy, disks: [server] }).filter(({ id }) =>
    id.startsWith('disk.'),
  );
  expect(findings).toMatchObject([
    {
      id: 'disk.data-forecast',
      title: "sage: Time until the server's disk is full",
      status: 'fail',
      value: 'about 4 h at the present rate (server of sage)',
    },
  ]);
});

it('keeps its looks, and finds them again as the history of each disk', async () => {
  await using place = await temporaryVault(noon);
  for (let h = 0; h < 3; h += 1) {
    const now = new Date(noon.getTime() + h * hour);
    const server = { ...disk, database: 'sage', freeBytes: 9 - h };
    await keepLook(
      place.vault,
      { now, examinedUntil: now, disks: [{ ...disk, freeBytes: 50 - h }, server] },
      [],
    );
  }
  const [storage, data, other] = await diskHistories(place.vault, ['storage', 'data:sage', 'data:other']);
  expect(storage).toEqual([
    { at: noon, freeBytes: 50 },
    { at: new Date(noon.getTime() + hour), freeBytes: 49 },
    { at: new Date(noon.getTime() + 2 * hour), freeBytes: 48 },
  ]);
  expect(data?.map(({ freeBytes }) => freeBytes)).toEqual([9, 8, 7]);
  expect(other).toEqual([]);
});

it('finds its looks among the observations of however many databases', async () => {
  const place = memoryVault(noon);
  for (let h = 0; h < 4; h += 1) {
    const now = new Date(noon.getTime() + h * hour);
    await keepLook(place.vault, { now, examinedUntil: now, disks: [{ ...disk, freeBytes: 50 - h }] }, []);
    const id = now.toISOString().replace(/[-:]/g, '').replace(/\.\d+/, '-verification');
    for (let database = 0; database < 300; database += 1)
      await place.vault.records.put('observations', `${id}-db${database}-${h}`, {
        ...{ version: 1, id, kind: 'verification', database: `db${database}` },
        ...{ at: now.toISOString(), status: 'pass' },
      });
  }
  const [storage] = await diskHistories(place.vault, ['storage']);
  expect(storage?.map(({ freeBytes }) => freeBytes)).toEqual([50, 49, 48, 47]);
  expect((await lastLook(place.vault))?.at).toEqual(new Date(noon.getTime() + 3 * hour));
});

it('calls a look by its worst finding', () => {
  expect(worst([{ status: 'skip' }])).toBe('skip');
  expect(worst([{ status: 'pass' }, { status: 'warn' }])).toBe('warn');
});
