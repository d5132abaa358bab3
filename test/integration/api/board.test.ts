import { PlanPayload, type QueueName } from '@sagekeep/contracts';
import { UnrecoverableError, Worker } from 'bullmq';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { asOperator, asViewer, startApi, type TestApi } from './harness.ts';

let api: TestApi;
let worker: Worker | undefined;
beforeAll(async () => {
  api = await startApi();
});
afterAll(async () => {
  await worker?.close(true);
  await api[Symbol.asyncDispose]();
});

const put = (url: string, headers = asOperator) =>
  api.app.inject({ method: 'PUT', url: `/board/api/queues/${url}`, headers, payload: {} });

/** Adds a job to a queue and lets it fail for good. */
async function failed(name: 'backup' | 'plan', label: string): Promise<string> {
  const { url, prefix } = api.configuration.redis;
  const { hostname, port, password } = new URL(url);
  const payload = { database: 'sage', by: 'ada' };
  const { id, queue } =
    name === 'backup'
      ? await api.jobs.add('backup', { ...payload, label, reason: 'manual' })
      : await api.jobs.add('plan', PlanPayload.parse({ ...payload, backup: 'latest' }));
  worker = new Worker(queue, () => Promise.reject(new Error('SERVER_UNREACHABLE: no answer')), {
    connection: { host: hostname, port: Number(port), password },
    prefix,
    settings: { backoffStrategy: () => 1 },
  });
  for await (const event of api.jobs.follow(queue, id, AbortSignal.timeout(60_000))) {
    if (event.type === 'failed') break;
  }
  await worker.close();
  return id;
}

/** Lets so many jobs of a queue fail for good. */
async function failAll(queue: QueueName, count: number): Promise<void> {
  const { url, prefix } = api.configuration.redis;
  const { hostname, port, password } = new URL(url);
  const all = Promise.withResolvers<void>();
  let failures = 0;
  worker = new Worker(queue, () => Promise.reject(new UnrecoverableError('DATABASE_MISSING: gone')), {
    connection: { host: hostname, port: Number(port), password },
    prefix,
    concurrency: 50,
  });
  worker.on('failed', () => {
    failures += 1;
    if (failures === count) all.resolve();
  });
  await all.promise;
  await worker.close();
}

describe('from the board', () => {
  it('a failed backup runs again as if new', async () => {
    const id = await failed('backup', 'first');
    expect((await api.jobs.get('backup', id)).attempts.made).toBe(4);
    expect((await put(`backup/${id}/retry`)).statusCode).toBe(204);
    const job = await api.jobs.get('backup', id);
    expect(job).toMatchObject({ state: 'waiting', attempts: { made: 0, of: 4 } });
    expect((await put(`backup/${id}/retry`)).statusCode).toBe(400);
  });

  it('all failed ones of a queue run again, completed ones do not', async () => {
    const id = await failed('backup', 'second');
    expect((await put('backup/retry/completed')).statusCode).toBe(403);
    const response = await put('backup/retry/failed');
    expect(response.json()).toMatchObject({ skipped: 0 });
    expect((await api.jobs.get('backup', id)).state).toBe('waiting');
  });

  it('very many failed ones run again at once', async () => {
    const many = 150;
    for (let n = 0; n < many; n += 1) await api.jobs.add('scrub', { database: 'sage', by: 'ada' });
    await failAll('verify', many);
    const response = await put('verify/retry/failed');
    expect(response.json()).toEqual({ retried: many, skipped: 0 });
    expect((await api.jobs.counts()).verify).toMatchObject({ failed: 0, waiting: many });
  });

  it('nothing in the queue of restores is repeated', async () => {
    const id = await failed('plan', '');
    expect((await put(`restore/${id}/retry`)).statusCode).toBe(405);
    expect((await api.jobs.get('restore', id)).state).toBe('failed');
  });

  it.each([
    'backup/obliterate',
    'backup/empty',
    'backup/pause',
    'pause',
    'backup/concurrency',
    'backup/clean/failed',
    'backup/promote',
    'backup/1/clean',
    'backup/1/promote',
    'backup/job-schedulers/nightly/remove',
    'backup/job-schedulers/nightly/run',
  ])('nobody does PUT %s', async (url) => {
    const response = await put(url);
    expect(response.statusCode).toBe(403);
    expect(response.json().error).toContain('Not from this page');
  });

  it('nobody adds or edits a job', async () => {
    const headers = asOperator;
    const payload = { name: 'backup', data: { database: 'sage' }, options: {} };
    const add = { method: 'POST', url: '/board/api/queues/backup/add', headers, payload } as const;
    expect((await api.app.inject(add)).statusCode).toBe(403);
    const edit = {
      method: 'PATCH',
      url: '/board/api/queues/backup/1/update-data',
      headers,
      payload,
    } as const;
    expect((await api.app.inject(edit)).statusCode).toBe(403);
  });

  it('a viewer sees every queue, read-only', async () => {
    const response = await api.app.inject({ url: '/board/api/queues', headers: asViewer });
    const { queues } = response.json<{ queues: { name: string; readOnlyMode: boolean }[] }>();
    expect(queues.map(({ name }) => name)).toEqual([
      'backup',
      'restore',
      'verify',
      'cleanup',
      'monitor',
      'alert',
    ]);
    expect(queues.every(({ readOnlyMode }) => readOnlyMode)).toBe(true);
    expect((await put('backup/1/retry', asViewer)).statusCode).toBe(403);
  });
});
