import { Worker } from 'bullmq';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { asOperator, asViewer, startApi, type TestApi } from './harness.ts';

let api: TestApi;
let base: string;
let worker: Worker | undefined;

beforeAll(async () => {
  api = await startApi();
  base = await api.app.listen({ host: '127.0.0.1', port: 0 });
});
afterEach(async () => {
  await worker?.close(true);
  worker = undefined;
});
afterAll(() => api[Symbol.asyncDispose]());

interface Accepted {
  jobId: string;
  queue: string;
  links: { job: string; events: string; board: string };
}

const addBackup = (payload: object, headers = {}) =>
  api.app.inject({ method: 'POST', url: '/v1/backups', headers: { ...asOperator, ...headers }, payload });

function startWorker(
  queue: string,
  run: (log: (line: string) => Promise<unknown>) => Promise<unknown>,
): void {
  const { url, prefix } = api.configuration.redis;
  const { hostname, port, password } = new URL(url);
  worker = new Worker(queue, (job) => run((line) => job.log(line)), {
    connection: { host: hostname, port: Number(port), password },
    prefix,
    settings: { backoffStrategy: () => 1 },
  });
}

describe('an accepted request', () => {
  it('is answered with the job and where to follow it', async () => {
    const response = await addBackup({ database: 'sage', label: 'first', hold: 'before the upgrade' });
    expect(response.statusCode).toBe(202);
    const accepted = response.json<Accepted>();
    expect(response.headers.location).toBe(accepted.links.job);
    const job = await api.app.inject({ url: accepted.links.job, headers: asViewer });
    expect(job.json()).toMatchObject({
      id: accepted.jobId,
      queue: 'backup',
      state: 'waiting',
      payload: {
        database: 'sage',
        label: 'first',
        hold: 'before the upgrade',
        reason: 'manual',
        by: 'operator',
      },
    });
    const board = await api.app.inject({ url: accepted.links.board, headers: asViewer });
    expect(board.statusCode).toBe(200);
  });

  it('appears in the list, by queue and state, page by page', async () => {
    for (const label of ['a', 'b', 'c']) await addBackup({ database: 'other', label });
    const page = await api.app.inject({
      url: '/v1/jobs?queue=backup&state=waiting&limit=2',
      headers: asViewer,
    });
    const { items, nextCursor } = page.json<{ items: { id: string }[]; nextCursor: string }>();
    expect(items).toHaveLength(2);
    const next = await api.app.inject({
      url: `/v1/jobs?queue=backup&state=waiting&limit=2&cursor=${nextCursor}`,
      headers: asViewer,
    });
    const rest = next.json<{ items: { id: string }[] }>().items;
    expect(rest.length).toBeGreaterThan(0);
    expect(items.map(({ id }) => id)).not.toContain(rest[0]?.id);
  });

  it('can be cancelled while it waits', async () => {
    const { jobId } = (await addBackup({ database: 'sage', label: 'to cancel' })).json<Accepted>();
    const url = `/v1/jobs/backup/${jobId}/cancel`;
    expect((await api.app.inject({ method: 'POST', url, headers: asOperator })).statusCode).toBe(200);
    const retry = { method: 'POST', url: `/v1/jobs/verify/${jobId}/retry`, headers: asOperator } as const;
    expect((await api.app.inject(retry)).json()).toMatchObject({ code: 'UNKNOWN_JOB' });
  });

  it('cannot be retried before it has failed', async () => {
    const { jobId } = (await addBackup({ database: 'sage', label: 'fresh' })).json<Accepted>();
    const url = `/v1/jobs/backup/${jobId}/retry`;
    const response = await api.app.inject({ method: 'POST', url, headers: asOperator });
    expect(response.statusCode).toBe(409);
    expect(response.json()).toMatchObject({ code: 'JOB_NOT_RETRYABLE' });
  });
});

describe('an Idempotency-Key', () => {
  it('gives a repeated request the first job, and a different one nothing', async () => {
    const key = { 'idempotency-key': 'nightly-2026-11-22' };
    const first = await addBackup({ database: 'sage', label: 'once' }, key);
    const again = await addBackup({ database: 'sage', label: 'once' }, key);
    expect(again.statusCode).toBe(202);
    expect(again.json()).toEqual(first.json());
    const different = await addBackup({ database: 'other', label: 'once' }, key);
    expect(different.statusCode).toBe(409);
    expect(different.json()).toMatchObject({ code: 'CONFLICT' });
    const { items } = await api.jobs.list({ queue: 'backup', limit: 100 });
    expect(items.filter(({ payload }) => (payload as { label?: string }).label === 'once')).toHaveLength(1);
  });

  it('is refused when it is empty or endless', async () => {
    for (const key of [' ', 'x'.repeat(256)]) {
      const response = await addBackup({ database: 'sage' }, { 'idempotency-key': key });
      expect(response.statusCode).toBe(422);
    }
  });
});

describe('events', () => {
  const follow = (events: string, headers = {}) =>
    fetch(base + events, { headers: { ...asViewer, ...headers } });
  const namesOf = (text: string) => [...text.matchAll(/^event: (\w+)$/gm)].map(([, name]) => name);

  it('tell a job’s story in order and end with it', async () => {
    const { links } = (
      await api.app.inject({
        method: 'POST',
        url: '/v1/cleanups',
        headers: asOperator,
        payload: { dryRun: true },
      })
    ).json<Accepted>();
    const response = await follow(links.events);
    expect(response.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
    startWorker('cleanup', async (log) => {
      await log('first line');
      await log('second line');
      return { plan: [], freedBytes: 0, planHash: '0'.repeat(64), dryRun: true };
    });
    const text = await response.text();
    const names = namesOf(text);
    expect(names[0]).toBe('state');
    expect(names.at(-1)).toBe('completed');
    expect(text).toContain('{"line":"first line"}');
    expect(text.indexOf('first line')).toBeLessThan(text.indexOf('second line'));

    const resumed = await (await follow(links.events, { 'last-event-id': '1' })).text();
    expect(resumed).not.toContain('{"line":"first line"}');
    expect(resumed).toContain('{"line":"second line"}');
    const odd = await (await follow(links.events, { 'last-event-id': 'nonsense' })).text();
    expect(namesOf(odd).at(-1)).toBe('completed');
  });

  it('end with `failed` and say why', async () => {
    startWorker('verify', () => Promise.reject(new Error('SERVER_UNREACHABLE: the server does not answer')));
    const payload = { database: 'sage', mode: 'quick' };
    const { links } = (
      await api.app.inject({ method: 'POST', url: '/v1/verifications', headers: asOperator, payload })
    ).json<Accepted>();
    const text = await (await follow(links.events)).text();
    expect(namesOf(text).at(-1)).toBe('failed');
    const last = JSON.parse(text.trimEnd().split('\ndata: ').at(-1) ?? '{}');
    expect(last.error).toMatchObject({ code: 'SERVER_UNREACHABLE', message: 'the server does not answer' });
  });

  it('stop when the client goes away, and when the API closes', async () => {
    const own = await startApi();
    const address = await own.app.listen({ host: '127.0.0.1', port: 0 });
    const { id } = await own.jobs.add('backup', { database: 'sage', reason: 'manual', by: 'ada' });
    const url = `${address}/v1/jobs/backup/${id}/events`;
    const leaving = new AbortController();
    const left = await fetch(url, { headers: asViewer, signal: leaving.signal });
    leaving.abort();
    await expect(left.text()).rejects.toThrow();
    const staying = await fetch(url, { headers: asViewer });
    const chunks = staying.body?.pipeThrough(new TextDecoderStream()) ?? [];
    let text = '';
    for await (const chunk of chunks) {
      text += chunk;
      // An open stream would hold the close back for ever.
      if (text.includes('event: state')) own.app.close();
    }
    await own[Symbol.asyncDispose]();
    expect(namesOf(text)).toEqual(['state']);
  });
});
