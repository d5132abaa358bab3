import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { waitFor } from '../../support/events.ts';
import { type PrivateTestServer, startPrivateRedis } from '../../support/servers.ts';
import { startStopwatch } from '../../support/stopwatch.ts';
import { asOperator, asViewer, startApi, type TestApi } from './harness.ts';

let redis: PrivateTestServer;
let api: TestApi;
beforeAll(async () => {
  redis = await startPrivateRedis();
  api = await startApi({ redis: redis.url });
});
afterAll(async () => {
  await api?.[Symbol.asyncDispose]();
  await redis?.[Symbol.asyncDispose]();
});

const addBackup = (label: string) =>
  api.app.inject({
    method: 'POST',
    url: '/v1/backups',
    headers: asOperator,
    payload: { database: 'sage', label },
  });

/** A silent Redis is given 0.9 s; the rest is this machine's. */
const longestMs = 1500;

describe.each([
  ['frozen', () => redis.signal('SIGSTOP'), () => redis.signal('SIGCONT')],
  ['gone', () => redis.signal('SIGKILL'), () => redis.restart()],
] as const)('while Redis is %s', (what, stop, start) => {
  it('writes get 503 soon, and are never carried out later', async () => {
    expect((await addBackup(`${what}: before`)).statusCode).toBe(202);
    await stop();
    using putting = startStopwatch();
    const schedule = { job: 'backup', payload: { database: 'sage' }, cron: '0 2 * * *' };
    const put = await api.app.inject({
      method: 'PUT',
      url: '/v1/schedules/nightly',
      headers: asOperator,
      payload: schedule,
    });
    expect(putting.ms()).toBeLessThan(longestMs);
    expect(put.statusCode).toBe(503);
    expect(await api.vault.records.get('schedules', 'nightly')).toBeNull();
    for (let n = 0; n < 3; n += 1) {
      using adding = startStopwatch();
      const response = await addBackup(`${what}: during`);
      expect(adding.ms()).toBeLessThan(longestMs);
      expect(response.statusCode).toBe(503);
      expect(response.headers['retry-after']).toBe('5');
      expect(response.json()).toMatchObject({ code: 'QUEUE_UNAVAILABLE' });
    }

    // What needs no queue goes on; what needs one says so.
    expect((await api.app.inject({ url: '/v1/backups', headers: asViewer })).statusCode).toBe(200);
    expect((await api.app.inject({ url: '/healthz' })).statusCode).toBe(200);
    await waitFor(async () => (await api.app.inject({ url: '/readyz' })).statusCode === 503);
    const status = await api.app.inject({ url: '/v1/status', headers: asViewer });
    expect(status.json()).toMatchObject({ queues: null, workers: null });
    expect((await api.app.inject({ url: '/board/api/queues', headers: asViewer })).statusCode).toBe(503);

    await start();
    await waitFor(async () => (await addBackup(`${what}: after`)).statusCode === 202, {
      what: 'Redis to be back',
    });
    const { items } = await api.jobs.list({ queue: 'backup', limit: 100 });
    const labels = items.map(({ payload }) => (payload as { label: string }).label);
    expect(labels).toContain(`${what}: after`);
    expect(labels).not.toContain(`${what}: during`);
  });
});
