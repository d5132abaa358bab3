import { mkdir, rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { waitFor } from '../../support/events.ts';
import { type PrivateTestServer, startPrivateRedis } from '../../support/servers.ts';
import { asOperator, asViewer, startApi, type TestApi } from './harness.ts';

let redis: PrivateTestServer;
let admin: Redis;
let api: TestApi;
beforeAll(async () => {
  redis = await startPrivateRedis();
  admin = new Redis(redis.url);
  api = await startApi({ redis: redis.url });
});
afterAll(async () => {
  await api?.[Symbol.asyncDispose]();
  admin?.disconnect();
  await redis?.[Symbol.asyncDispose]();
});

const ask = (method: 'POST' | 'PUT', url: string, payload?: object) =>
  api.app.inject({ method, url, headers: asOperator, ...(payload === undefined ? {} : { payload }) });
const backUp = () => ask('POST', '/v1/backups', { database: 'sage' });

async function outOfMemory(): Promise<void> {
  await admin.config('SET', 'maxmemory-policy', 'noeviction');
  await admin.config('SET', 'maxmemory', '1');
}

/** Where it saves to stands a folder, so that a save fails. */
const inTheWay = async () => join((await admin.config('GET', 'dir'))[1] ?? '', 'dump.rdb');

async function failToSave(): Promise<void> {
  await mkdir(await inTheWay());
  await admin.config('SET', 'save', '3600 1');
  await admin.bgsave();
  await saved('err');
}

async function saveAgain(): Promise<void> {
  await rmdir(await inTheWay());
  await admin.bgsave();
  await saved('ok');
}

function saved(how: 'ok' | 'err'): Promise<unknown> {
  return waitFor(async () => (await admin.info('persistence')).includes(`rdb_last_bgsave_status:${how}`), {
    what: `a save that ends ${how}`,
  });
}

describe.each([
  {
    what: 'has no memory left',
    refuse: outOfMemory,
    accept: () => admin.config('SET', 'maxmemory', '0'),
    detail: 'Redis takes no writes: it has used all the memory that it may; nothing was enqueued or changed.',
    advice: /maxmemory/,
  },
  {
    what: 'cannot save to its disk',
    refuse: failToSave,
    accept: saveAgain,
    detail: 'Redis takes no writes: it cannot save to its disk; nothing was enqueued or changed.',
    advice: /log/,
  },
  {
    what: 'is a replica',
    refuse: () => admin.replicaof('127.0.0.1', 1),
    accept: () => admin.replicaof('NO', 'ONE'),
    detail: 'Redis takes no writes: it is a read-only replica; nothing was enqueued or changed.',
    advice: /REDIS_URL/,
  },
])('a Redis that $what', ({ refuse, accept, detail, advice }) => {
  it('is told in plain words with advice, nothing is changed, reads go on, and all works again afterwards', async () => {
    const job = (await backUp()).json().jobId;
    await refuse();
    const weekly = { job: 'verify', payload: { database: 'sage' }, cron: '0 6 * * 1', timezone: 'UTC' };
    for (const answer of [
      await backUp(),
      await ask('PUT', '/v1/schedules/weekly', weekly),
      await ask('POST', `/v1/jobs/backup/${job}/cancel`),
    ]) {
      expect(answer.statusCode).toBe(503);
      expect(answer.headers['retry-after']).toBe('5');
      expect(answer.json()).toMatchObject({ code: 'QUEUE_UNAVAILABLE', detail });
      expect(answer.json().advice).toMatch(advice);
    }
    expect(await api.vault.records.get('schedules', 'weekly')).toBeNull();
    const status = await api.app.inject({ url: '/v1/status', headers: asViewer });
    expect(status.json().queues).not.toBeNull();
    await accept();
    expect((await api.jobs.list({ queue: 'backup' })).items.map(({ id }) => id)).toEqual([job]);
    expect((await ask('POST', `/v1/jobs/backup/${job}/cancel`)).statusCode).toBeLessThan(300);
    expect((await backUp()).statusCode).toBe(202);
  });
});
