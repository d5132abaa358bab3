import { rmSync } from 'node:fs';
import { publishExample } from '@sagekeep/storage/testing';
import type { InjectOptions } from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { asOperator, startApi, type TestApi } from './harness.ts';

let api: TestApi;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api[Symbol.asyncDispose]());

const send = (
  method: InjectOptions['method'] & string,
  url: string,
  payload?: object | string,
  headers = {},
) =>
  api.app.inject({
    method,
    url,
    headers: { ...asOperator, ...headers },
    ...(payload !== undefined && { payload }),
  });
const post = (url: string, payload: object | string, headers = {}) => send('POST', url, payload, headers);
const json = { 'content-type': 'application/json' };
const queued = async () => {
  const counts = await api.jobs.counts();
  return Object.values(counts).reduce((sum, states) => sum + (states['waiting'] ?? 0), 0);
};

describe('what is wrong with a body', () => {
  it.each([
    ['/v1/backups', {}, 'database'],
    ['/v1/backups', { database: 'Sage!' }, 'database'],
    ['/v1/backups', { database: 'sage', formats: ['tar'] }, 'formats.0'],
    ['/v1/backups', { database: 'sage', label: 'two\nlines' }, 'label'],
    ['/v1/backups', { database: 'sage', url: 'postgres://x' }, 'url'],
    ['/v1/plans', { database: 'sage' }, 'backup'],
    ['/v1/plans', { database: 'sage', file: '../etc/passwd' }, 'file'],
    ['/v1/plans', { database: 'sage', file: '/etc/passwd' }, 'file'],
    ['/v1/plans', { database: 'sage', backup: 'latest', file: 'a.sql' }, 'backup'],
    ['/v1/restores', { database: 'sage', backup: 'latest' }, 'confirm'],
    ['/v1/verifications', { database: 'sage', mode: 'slow' }, 'mode'],
    ['/v1/verifications', { backup: 'latest' }, 'database'],
    ['/v1/cleanups', { dryRun: 'yes' }, 'dryRun'],
  ])('%s %j names the field %s', async (url, payload, field) => {
    const before = await queued();
    const response = await post(url, payload);
    expect(response.statusCode).toBe(422);
    expect(response.headers['content-type']).toBe('application/problem+json');
    const problem = response.json<{ code: string; errors: { field: string; message: string }[] }>();
    expect(problem.code).toBe('INVALID_INPUT');
    expect(problem.errors.map((error) => error.field)).toContain(field);
    expect(await queued()).toBe(before);
  });

  it('is a database that the backup is not of', async () => {
    const { id } = await publishExample(api.vault, { at: new Date('2026-11-19T02:00:00Z') });
    const before = await queued();
    const response = await post('/v1/verifications', { backup: id, database: 'other' });
    expect(response.statusCode).toBe(422);
    expect(response.json()).toMatchObject({
      code: 'INVALID_INPUT',
      errors: [{ field: 'database', message: 'the backup is one of sage' }],
    });
    expect(await queued()).toBe(before);
    const right = await post('/v1/verifications', { backup: id, database: 'sage' });
    expect(right.statusCode).toBe(202);
  });

  it.each(['nothing.sql', 'sage/nothing.sql', 'a\\b.sql', 'sage'])('is 404 for the file %s', async (file) => {
    for (const [url, more] of [
      ['/v1/plans', {}],
      ['/v1/restores', { confirm: 'sage' }],
    ] as const) {
      const response = await post(url, { database: 'sage', file, ...more });
      expect(response.statusCode).toBe(404);
      expect(response.json()).toMatchObject({ code: 'UNKNOWN_FILE' });
    }
  });

  it('is not that a backup has lost a dump: it is restored by its other format', async () => {
    const { vault } = api;
    const { id, files } = await publishExample(vault, { at: new Date('2026-11-20T02:00:00Z') });
    const key = vault.catalogue.fileKey(await vault.catalogue.get(id), files[0]?.name ?? '');
    rmSync(vault.storage.localPath(key) ?? '');
    const plan = (asked: object) => post('/v1/plans', { database: 'sage', ...asked });
    expect((await plan({ file: key })).statusCode).toBe(202);
    expect((await plan({ backup: id })).statusCode).toBe(202);
    for (const file of [`other/${key.slice(5)}`, `${key}/x`])
      expect((await plan({ file })).json(), file).toMatchObject({ code: 'UNKNOWN_FILE' });
    expect((await plan({ backup: 'sage_backup_20010101_000000' })).json()).toMatchObject({
      code: 'UNKNOWN_BACKUP',
    });
    await vault.catalogue.discard(id);
  });

  it('is 400 for what is no JSON, 413 for too much, 415 for another type, 422 for none', async () => {
    expect((await post('/v1/backups', '{"database":', json)).statusCode).toBe(400);
    const large = JSON.stringify({ database: 'sage', label: 'x'.repeat(70_000) });
    expect((await post('/v1/backups', large, json)).statusCode).toBe(413);
    expect((await post('/v1/backups', 'database=sage', { 'content-type': 'text/plain' })).statusCode).toBe(
      415,
    );
    const form = { 'content-type': 'application/x-www-form-urlencoded' };
    expect((await post('/v1/backups', 'database=sage', form)).statusCode).toBe(415);
    const none = await post('/v1/backups', '', json);
    expect(none.statusCode).toBe(422);
    expect(none.json()).toMatchObject({ errors: [{ field: 'body' }] });
  });

  it('is never answered with a stack or a prototype', async () => {
    const response = await post('/v1/backups', '{"database":"sage","__proto__":{"role":"operator"}}', json);
    expect(response.statusCode).toBe(400);
    expect(response.body).not.toMatch(/\bat .*\.(ts|js):\d/);
  });
});

describe('what does not exist', () => {
  it.each([
    ['GET', '/v1/nothing', 'NOT_FOUND'],
    ['GET', '/v1/backups/sage_backup_20200101_000000', 'UNKNOWN_BACKUP'],
    ['GET', '/v1/backups/..%2F..%2Fetc', 'UNKNOWN_BACKUP'],
    ['DELETE', '/v1/backups/nonsense', 'UNKNOWN_BACKUP'],
    ['GET', '/v1/backups?database=nope', 'UNKNOWN_DATABASE'],
    ['GET', '/v1/jobs/backup/nope', 'UNKNOWN_JOB'],
    ['GET', '/v1/jobs/nope/1', 'UNKNOWN_JOB'],
    ['GET', '/v1/jobs/backup/nope/events', 'UNKNOWN_JOB'],
    ['POST', '/v1/jobs/backup/nope/retry', 'UNKNOWN_JOB'],
    ['GET', '/v1/reports/nope', 'UNKNOWN_REPORT'],
    ['GET', '/v1/reports/..%2F..%2Fx', 'UNKNOWN_REPORT'],
    ['GET', '/v1/restores/nope', 'UNKNOWN_RESTORE'],
  ] as const)('%s %s is %s', async (method, url, code) => {
    const response = await send(method, url);
    expect(response.statusCode).toBe(404);
    expect(response.json()).toMatchObject({ code, status: 404 });
  });

  it.each(['/v1/backups', '/v1/plans', '/v1/verifications', '/v1/cleanups'])(
    'a database: %s names the known ones',
    async (url) => {
      const more = url === '/v1/plans' ? { backup: 'latest' } : {};
      const response = await post(url, { database: 'nope', ...more });
      expect(response.statusCode).toBe(404);
      expect(response.json()).toMatchObject({
        code: 'UNKNOWN_DATABASE',
        facts: { known: ['sage', 'other'] },
      });
    },
  );

  it('a server: names the known ones', async () => {
    const response = await post('/v1/plans', { database: 'sage', backup: 'latest', server: 'moon' });
    expect(response.json()).toMatchObject({ code: 'UNKNOWN_SERVER', status: 404 });
  });
});

describe('a confirmation', () => {
  it.each([
    { confirm: 'other' },
    { confirm: '' },
    { confirm: 'sage', into: 'sage_copy' },
    { confirm: 'sage', withoutSafety: 'yes' },
  ])('that is not the name starts nothing: %j', async (change) => {
    const before = await queued();
    const response = await post('/v1/restores', { database: 'sage', backup: 'latest', ...change });
    expect(response.statusCode).toBe(422);
    expect(response.json()).toMatchObject({ code: 'CONFIRMATION_MISMATCH' });
    expect(await queued()).toBe(before);
  });

  it('that is the name starts the restore, and is not part of the job', async () => {
    const payload = { database: 'sage', backup: 'latest', confirm: 'sage', withoutSafety: 'sage' };
    const response = await post('/v1/restores', payload);
    expect(response.statusCode).toBe(202);
    const job = await api.jobs.get('restore', response.json<{ jobId: string }>().jobId);
    expect(job.payload).toMatchObject({
      database: 'sage',
      backup: 'latest',
      withoutSafety: true,
      by: 'operator',
    });
    expect(job.payload).not.toHaveProperty('confirm');
  });
});
