import { createWorkers } from '@sagekeep/runtime';
import { Redis } from 'ioredis';
import { expect, it } from 'vitest';
import { jobsInFlight } from '../../../apps/worker/src/jobs/inFlight.ts';
import { lookAtQueues } from '../../../apps/worker/src/jobs/lookAtQueues.ts';
import { inState, quiet, registryOf } from '../../faults/queue/harness.ts';
import { asOperator, startApi, type TestApi } from './harness.ts';

/** Puts a job into a queue behind BullMQ's back. */
async function put({ configuration }: TestApi, id: string, fields: Record<string, string>): Promise<void> {
  const { url, prefix } = configuration.redis;
  const client = new Redis(url);
  await client.hset(`${prefix}:restore:${id}`, fields);
  await client.lpush(`${prefix}:restore:wait`, id);
  client.disconnect();
}

/** What everybody who reads the queues sees of the jobs. */
async function expectReadable({ app, jobs, vault }: TestApi, ids: readonly string[]): Promise<void> {
  const list = await app.inject({ url: '/v1/jobs?queue=restore', headers: asOperator });
  expect(list.statusCode).toBe(200);
  expect(
    list
      .json<{ items: { id: string }[] }>()
      .items.map(({ id }) => id)
      .sort(),
  ).toEqual(ids);
  const url = '/board/api/queues?activeQueue=restore&status=latest&page=1&jobsPerPage=10';
  const board = await app.inject({ url, headers: asOperator });
  expect(board.statusCode).toBe(200);
  const { queues } = board.json<{ queues: { name: string; jobs: { id: string }[] }[] }>();
  const shown = queues.find(({ name }) => name === 'restore')?.jobs.map(({ id }) => id);
  expect(shown?.sort()).toEqual(ids);
  expect((await jobsInFlight(jobs, vault)).known).toBe(true);
  expect((await lookAtQueues(jobs, new Date())).queues).toHaveLength(6);
}

it('a job put into Redis whose data is no JSON fails at once, and can be read like any other', async () => {
  await using api = await startApi();
  const whole = { name: 'plan', opts: '{"attempts":4}', timestamp: String(Date.now()) };
  await put(api, 'bare', { data: 'not json' });
  await put(api, 'whole', { ...whole, data: '{"database":"sa' });
  await expectReadable(api, ['bare', 'whole']);
  const workers = createWorkers({ configuration: api.configuration, log: quiet, registry: registryOf({}) });
  try {
    for (const id of ['bare', 'whole']) {
      const failed = await inState(api.jobs, { queue: 'restore', id }, 'failed');
      expect(failed).toMatchObject({
        error: { code: 'INVALID_INPUT' },
        attempts: { made: 1 },
        payload: null,
      });
    }
    await expectReadable(api, ['bare', 'whole']);
  } finally {
    await workers.stop({ now: true });
  }
});

it('so does a job whose options, progress or parent are none; it is retried and removed like any other', async () => {
  await using api = await startApi();
  const data = '{"database":"sage","backup":"latest","by":"anna"}';
  const job = { name: 'plan', data, opts: '{"attempts":4}', timestamp: String(Date.now()) };
  const broken = {
    family: { ...job, parent: '{"id":', parentKey: 'nobody' },
    never: { ...job, opts: 'null' },
    options: { ...job, opts: '{"attempts":4' },
    progress: { ...job, progress: 'half' },
    several: { ...job, opts: 'x', parent: 'x', progress: 'x' },
  };
  const ids = Object.keys(broken);
  for (const [id, fields] of Object.entries(broken)) await put(api, id, fields);
  await expectReadable(api, ids);
  const workers = createWorkers({ configuration: api.configuration, log: quiet, registry: registryOf({}) });
  const failed = (id: string) => inState(api.jobs, { queue: 'restore', id }, 'failed');
  try {
    for (const id of ids)
      expect(await failed(id)).toMatchObject({
        error: { code: 'INVALID_INPUT', message: expect.stringContaining('no JSON in') },
        attempts: { made: 1 },
        payload: { database: 'sage' },
      });
    await expectReadable(api, ids);
    expect(await api.jobs.queue('restore').getActiveCount()).toBe(0);
    await api.jobs.retry('restore', 'options');
    expect((await failed('options')).error?.message).toContain('no JSON in opts');
  } finally {
    await workers.stop({ now: true });
  }
  for (const id of ids) await api.jobs.cancel('restore', id, 'anna');
  await expectReadable(api, []);
});
