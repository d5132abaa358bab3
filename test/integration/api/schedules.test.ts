import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { asOperator, asViewer, startApi, type TestApi } from './harness.ts';

let api: TestApi;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api[Symbol.asyncDispose]());

const get = (url: string) => api.app.inject({ url, headers: asViewer });
const put = (name: string, payload: object) =>
  api.app.inject({ method: 'PUT', url: `/v1/schedules/${name}`, headers: asOperator, payload });
const remove = (name: string) =>
  api.app.inject({ method: 'DELETE', url: `/v1/schedules/${name}`, headers: asOperator });
/** What Bull Board shows as job schedulers, by its own API. */
const onBoard = async (): Promise<{ id: string }[]> =>
  (await get('/board/api/job-schedulers')).json().schedulers;

describe('a schedule', () => {
  it('that a user puts is listed, planned in BullMQ, kept in the storage, and can be taken back', async () => {
    const body = {
      job: 'backup',
      payload: { database: 'sage' },
      cron: '0 2 * * *',
      timezone: 'Asia/Shanghai',
    };
    const response = await put('nightly', body);
    expect(response.statusCode).toBe(200);
    expect(response.json()).toMatchObject({
      name: 'nightly',
      cron: '0 2 * * *',
      source: 'user',
      enabled: true,
    });
    expect(new Date(response.json().nextRunAt).toISOString()).toMatch(/T18:00:00.000Z$/);
    expect((await get('/v1/schedules')).json().items).toContainEqual(response.json());
    expect((await get('/v1/schedules/nightly')).json()).toEqual(response.json());
    expect(await api.jobs.queue('backup').getJobScheduler('nightly')).toBeDefined();
    expect(await api.vault.records.get('schedules', 'nightly')).toMatchObject({ name: 'nightly' });
    const { nextRuns } = (await get('/v1/status')).json();
    expect(nextRuns).toContainEqual({ schedule: 'nightly', at: response.json().nextRunAt });

    expect(await onBoard()).toContainEqual(
      expect.objectContaining({
        id: 'nightly',
        queueName: 'backup',
        name: 'backup',
        next: Date.parse(response.json().nextRunAt),
      }),
    );

    expect((await remove('nightly')).statusCode).toBe(204);
    expect((await onBoard()).map(({ id }) => id)).not.toContain('nightly');
    expect((await get('/v1/schedules/nightly')).json()).toMatchObject({
      code: 'UNKNOWN_SCHEDULE',
      status: 404,
    });
    expect((await remove('nightly')).statusCode).toBe(404);
  });

  it('that is declared is switched on alone, and taken back', async () => {
    const turn = (payload: object, headers: typeof asOperator | typeof asViewer = asOperator) =>
      api.app.inject({ method: 'PATCH', url: '/v1/schedules/monitor', headers, payload });
    const before = (await get('/v1/schedules/monitor')).json();
    expect((await turn({ enabled: true }, asViewer)).statusCode).toBe(403);
    const after = (await turn({ enabled: true })).json();
    expect(after).toEqual({ ...before, enabled: true, nextRunAt: expect.any(String) });
    expect(await api.vault.records.get('schedules', 'monitor')).not.toHaveProperty('body');
    expect((await turn({ enabled: true, cron: '0 2 * * *' })).statusCode).toBe(422);
    expect((await remove('monitor')).statusCode).toBe(204);
    expect((await get('/v1/schedules/monitor')).json()).toEqual(before);
    const unknown = { method: 'PATCH', url: '/v1/schedules/nope', headers: asOperator } as const;
    expect((await api.app.inject({ ...unknown, payload: { enabled: true } })).statusCode).toBe(404);
  });

  it.each([
    [{ job: 'backup', cron: '0 2 * *' }, 'cron'],
    [{ job: 'backup', payload: { database: 'sage' }, cron: '0 0 31 2 *' }, 'cron'],
    [{ job: 'monitor', cron: '0 25 * * *' }, 'cron'],
    [{ job: 'monitor', cron: '0 2 * * 1-' }, 'cron'],
    [{ job: 'monitor', cron: '0 2 * * MON' }, 'cron'],
    [{ job: 'monitor', everyMs: -60_000 }, 'everyMs'],
    [{ job: 'backup', payload: { database: 'sage' }, cron: '0 2 * * *', timezone: 'Moon/Base' }, 'timezone'],
    [{ job: 'backup', payload: { database: 'sage' } }, 'cron'],
    [{ job: 'backup', payload: {}, cron: '0 2 * * *' }, 'payload.database'],
    [{ job: 'restore', payload: {}, cron: '0 2 * * *' }, 'job'],
    [{ job: 'monitor', everyMs: 5 }, 'everyMs'],
  ])('%j is refused and names %s', async (body, field) => {
    const response = await put('wrong', body);
    expect(response.statusCode).toBe(422);
    expect(response.json().errors.map((error: { field: string }) => error.field)).toContain(field);
    expect((await get('/v1/schedules/wrong')).statusCode).toBe(404);
  });

  it('of an unknown database, or with a name that is none, is refused', async () => {
    const body = { job: 'backup', payload: { database: 'nope' }, cron: '0 2 * * *' };
    expect((await put('x', body)).json()).toMatchObject({ code: 'UNKNOWN_DATABASE', status: 404 });
    expect((await put('X%20Y', body)).json()).toMatchObject({
      code: 'INVALID_INPUT',
      errors: [{ field: 'name' }],
    });
  });
});
