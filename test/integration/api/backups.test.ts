import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { Readable } from 'node:stream';
import type { Manifest } from '@sagekeep/contracts';
import { exampleProof, publishExample, writeExample } from '@sagekeep/storage/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { asOperator, asViewer, startApi, type TestApi } from './harness.ts';

let api: TestApi;
const content = 'PGDMP and then some more of it';
const made: Manifest[] = [];
const owner = { jobId: 'job', attempt: 1 };

beforeAll(async () => {
  api = await startApi();
  const entries = [{ type: 'TABLE', name: 'public memories', digest: '0'.repeat(64) }];
  for (const day of [20, 21, 22]) {
    const at = new Date(`2026-11-${day}T02:00:00Z`);
    const largeObjects = { count: 0, bytes: 0, digest: '0'.repeat(64) };
    const inventory = { entries, tables: [], sequences: [], largeObjects };
    made.push(
      await publishExample(api.vault, { at, content, changes: { startedAt: at.toISOString(), inventory } }),
    );
  }
  await api.vault.catalogue.mark(idOf(1), exampleProof());
});
afterAll(() => api[Symbol.asyncDispose]());

const idOf = (index: number) => made[index]?.id ?? '';
const get = (url: string, headers = {}) => api.app.inject({ url, headers: { ...asViewer, ...headers } });
const write = (method: 'PUT' | 'POST' | 'DELETE', url: string, payload?: object) =>
  api.app.inject({ method, url, headers: asOperator, ...(payload && { payload }) });

describe('the list', () => {
  const idsIn = (body: { items: { manifest: Manifest }[] }) => body.items.map(({ manifest }) => manifest.id);

  it('is newest first, page by page, and steady while backups come and go', async () => {
    const first = (await get('/v1/backups?limit=2')).json();
    expect(idsIn(first)).toEqual([idOf(2), idOf(1)]);
    const late = await publishExample(api.vault, {
      at: new Date('2026-11-23T02:00:00Z'),
      changes: { startedAt: '2026-11-23T02:00:00.000Z' },
    });
    const second = (await get(`/v1/backups?limit=2&cursor=${first.nextCursor}`)).json();
    expect(idsIn(second)).toEqual([idOf(0)]);
    expect(second).not.toHaveProperty('nextCursor');
    await api.vault.catalogue.discard(late.id);
  });

  it('can be of the proven ones, or of one database', async () => {
    expect(idsIn((await get('/v1/backups?proven=true')).json())).toEqual([idOf(1)]);
    expect(idsIn((await get('/v1/backups?proven=false')).json())).toEqual([idOf(2), idOf(0)]);
    expect(idsIn((await get('/v1/backups?database=other')).json())).toEqual([]);
  });

  it('leaves the entries of inventories out unless they are asked for', async () => {
    const listed = (await get('/v1/backups')).json();
    expect(listed.items[0].manifest.inventory.entries).toEqual([]);
    const whole = (await get('/v1/backups?entries=true')).json();
    expect(whole.items[0].manifest.inventory.entries).toHaveLength(1);
    const one = (await get(`/v1/backups/${idOf(2)}`)).json();
    expect(one.manifest.inventory.entries).toHaveLength(1);
  });

  it('and what else shows all backups read no manifest twice, however large they are', async () => {
    const digest = '0'.repeat(64);
    const entry = { type: 'FUNCTION', name: 'public f('.padEnd(10_000, 'text, '), digest };
    const entries = Array.from({ length: 300 }, () => entry);
    const largeObjects = { count: 0, bytes: 0, digest };
    const inventory = { entries, tables: [], sequences: [], largeObjects };
    for (let day = 1; day <= 4; day++)
      await publishExample(api.vault, {
        database: 'other',
        at: new Date(Date.UTC(2026, 8, day)),
        changes: { inventory },
      });
    await get('/v1/backups');
    api.read.length = 0;
    for (const url of ['/v1/backups', '/metrics', '/']) expect((await get(url)).statusCode).toBe(200);
    expect(api.read.filter((key) => key.endsWith('manifest.json'))).toEqual([]);
  });

  it('refuses a cursor that nobody gave', async () => {
    expect((await get('/v1/backups?cursor=abc')).json()).toMatchObject({ errors: [{ field: 'cursor' }] });
    expect((await get('/v1/backups?limit=0')).json()).toMatchObject({ errors: [{ field: 'limit' }] });
  });
});

describe('a file', () => {
  const url = () => `/v1/backups/${idOf(2)}/files/${made[2]?.files[0]?.name}`;
  const digest = createHash('sha256').update(content).digest('base64');

  it('comes whole with its digest', async () => {
    const response = await get(url());
    expect(response.statusCode).toBe(200);
    expect(response.body).toBe(content);
    expect(response.headers).toMatchObject({
      'content-length': String(content.length),
      'accept-ranges': 'bytes',
      'repr-digest': `sha-256=:${digest}:`,
      digest: `SHA-256=${digest}`,
      'content-type': 'application/octet-stream',
    });
  });

  it('comes in ranges', async () => {
    const part = await get(url(), { range: 'bytes=6-8' });
    expect(part.statusCode).toBe(206);
    expect(part.body).toBe('and');
    expect(part.headers['content-range']).toBe(`bytes 6-8/${content.length}`);
    expect(part.headers['repr-digest']).toBe(`sha-256=:${digest}:`);
    const end = await get(url(), { range: 'bytes=-2' });
    expect(end.body).toBe('it');
    const beyond = await get(url(), { range: 'bytes=900-' });
    expect(beyond.statusCode).toBe(416);
    expect(beyond.headers['content-range']).toBe(`bytes */${content.length}`);
    expect(beyond.headers['content-type']).toBe('application/problem+json');
    const changed = await get(url(), { range: 'bytes=6-8', 'if-range': '"another content"' });
    expect(changed.statusCode).toBe(200);
  });

  it('is described to HEAD, and not sent again to who has it', async () => {
    const head = await api.app.inject({ method: 'HEAD', url: url(), headers: asViewer });
    expect(head.statusCode).toBe(200);
    expect(head.body).toBe('');
    expect(head.headers['content-length']).toBe(String(content.length));
    const etag = String(head.headers.etag);
    expect((await get(url(), { 'if-none-match': etag })).statusCode).toBe(304);
  });

  it('with roles and their stored passwords is for operators only', async () => {
    const { vault } = api;
    const attempt = await vault.attempts.begin('sage', new Date('2026-10-05T02:00:00Z'), owner);
    const manifest = await writeExample(attempt, { at: new Date('2026-10-05T02:00:00Z') });
    const digest = await attempt.write('globals.sql', Readable.from([Buffer.from('CREATE ROLE a;')]));
    const globals = { name: 'globals.sql', format: 'globals', compression: 'none', ...digest } as const;
    await attempt.publish({ ...manifest, files: [...manifest.files, globals] });
    const path = `/v1/backups/${manifest.id}/files/globals.sql`;
    for (const method of ['GET', 'HEAD'] as const)
      expect((await api.app.inject({ method, url: path, headers: asViewer })).statusCode).toBe(403);
    expect((await get(path)).json()).toMatchObject({
      code: 'FORBIDDEN',
      detail: expect.stringContaining('for operators only'),
    });
    expect((await get(path, asOperator)).body).toBe('CREATE ROLE a;');
    await vault.catalogue.discard(manifest.id);
  });

  it('is only what the manifest names', async () => {
    for (const name of ['manifest.json', '..%2Fmanifest.json', 'nope']) {
      const response = await get(`/v1/backups/${idOf(2)}/files/${name}`);
      expect(response.json(), name).toMatchObject({ code: 'UNKNOWN_FILE', status: 404 });
    }
  });

  it('that is damaged is never sent whole', async () => {
    const address = await api.app.listen({ host: '127.0.0.1', port: 0 });
    const ask = (id: string, name: string) =>
      fetch(`${address}/v1/backups/${id}/files/${name}`, { headers: asViewer });
    const large = content.repeat(20_000);
    for (const [at, text] of [
      ['2026-10-01T02:00:00Z', content],
      ['2026-10-02T02:00:00Z', large],
    ] as const) {
      const { id, files } = await publishExample(api.vault, { at: new Date(at), content: text });
      const name = files[0]?.name ?? '';
      const key = api.vault.catalogue.fileKey(await api.vault.catalogue.get(id), name);
      const path = api.vault.storage.localPath(key) ?? '';

      writeFileSync(path, `${text.slice(0, -1)}X`);
      const damaged = await ask(id, name);
      if (text === large) await expect(damaged.text()).rejects.toThrow();
      else {
        expect(await damaged.json()).toMatchObject({ code: 'FILE_DAMAGED', status: 500 });
        expect(damaged.headers.get('etag')).toBeNull();
      }
      writeFileSync(path, 'short');
      expect(await (await ask(id, name)).json()).toMatchObject({ code: 'MANIFEST_DAMAGED', status: 500 });
    }
  });
});

describe('marks', () => {
  it('hold a backup and release it', async () => {
    const url = `/v1/backups/${idOf(0)}/hold`;
    const held = await write('PUT', url, { reason: 'audit' });
    expect(held.json()).toMatchObject({ hold: { by: 'operator', reason: 'audit' } });
    const refused = await write('DELETE', `/v1/backups/${idOf(0)}`);
    expect(refused.statusCode).toBe(409);
    expect(refused.json()).toMatchObject({ code: 'BACKUP_PROTECTED' });
    expect((await write('DELETE', url)).statusCode).toBe(204);
    expect((await api.vault.catalogue.get(idOf(0))).marks.hold).toBeNull();
    expect((await write('PUT', url, { reason: ' ' })).json()).toMatchObject({
      errors: [{ field: 'reason' }],
    });
  });

  it('acknowledge a suspect backup, and no other', async () => {
    const url = `/v1/backups/${idOf(2)}/acknowledge`;
    expect((await write('POST', url, { reason: 'looked' })).json()).toMatchObject({ code: 'CONFLICT' });
    await api.vault.catalogue.mark(idOf(2), {
      kind: 'suspect',
      at: new Date().toISOString(),
      reasons: ['rows of public.memories fell from 4000 to 0'],
    });
    const at = new Date().toISOString();
    await api.vault.records.put('incidents', 'i7', {
      ...{
        version: 1,
        id: 'i7',
        key: 'suspect:sage',
        database: 'sage',
        severity: 'fail',
        title: 'It looks wrong',
      },
      ...{
        detail: '',
        advice: '',
        openedAt: at,
        lastSeenAt: at,
        remindedAt: null,
        resolvedAt: null,
        occurrences: 1,
      },
    });
    const acknowledged = await write('POST', url, { reason: 'we emptied it' });
    expect(acknowledged.statusCode).toBe(200);
    expect(acknowledged.json()).toMatchObject({
      acknowledgement: { by: 'operator', reason: 'we emptied it' },
    });
    expect((await api.vault.records.get('incidents', 'i7'))?.resolvedAt).not.toBeNull();
  });

  it('deletion is a job, and never of the newest proven backup', async () => {
    const refused = await write('DELETE', `/v1/backups/${idOf(1)}`);
    expect(refused.json()).toMatchObject({ code: 'BACKUP_PROTECTED', status: 409 });
    const accepted = await write('DELETE', `/v1/backups/${idOf(2)}`);
    expect(accepted.statusCode).toBe(202);
    const { jobId } = accepted.json<{ jobId: string }>();
    const job = await api.jobs.get('cleanup', jobId);
    expect(job.payload).toMatchObject({ database: 'sage', backup: idOf(2) });
  });
});
