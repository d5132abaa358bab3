import { Accepted, type DatabaseRecord, Status } from '@sagekeep/contracts';
import { publishExample } from '@sagekeep/storage/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { asOperator, startApi, type TestApi } from './harness.ts';

let api: TestApi;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api[Symbol.asyncDispose]());

const now = new Date().toISOString();
const record: DatabaseRecord = {
  version: 1,
  id: 'shop',
  name: 'shop',
  container: 'shop-db',
  containerId: 'c1',
  dbname: 'shop_live',
  state: 'ready',
  why: null,
  advice: null,
  since: now,
  seenAt: now,
};

function ask(method: 'GET' | 'POST' | 'PUT' | 'DELETE', url: string, payload?: object) {
  return api.app.inject({ method, url, headers: asOperator, ...(payload === undefined ? {} : { payload }) });
}

const status = async () => Status.parse((await ask('GET', '/v1/status')).json());
const weekly = { job: 'verify', payload: { database: 'shop' }, cron: '0 6 * * 1', timezone: 'UTC' };

it('a labelled database is known from its record on, everywhere, and not before', async () => {
  const unknown = await ask('POST', '/v1/backups', { database: 'shop' });
  expect(unknown.json()).toMatchObject({ status: 404, code: 'UNKNOWN_DATABASE' });
  expect((await ask('GET', '/v1/backups?database=shop')).statusCode).toBe(404);
  expect((await ask('PUT', '/v1/schedules/weekly', weekly)).statusCode).toBe(404);
  expect((await ask('GET', '/v1/schedules/backup-shop')).statusCode).toBe(404);

  await api.vault.records.put('databases', 'shop', record);
  const accepted = await ask('POST', '/v1/backups', { database: 'shop' });
  expect(Accepted.parse(accepted.json()).queue).toBe('backup');
  for (const [url, body] of [
    ['/v1/verifications', { database: 'shop', mode: 'quick' }],
    ['/v1/cleanups', { database: 'shop', dryRun: true }],
  ] as const)
    expect((await ask('POST', url, body)).statusCode).toBe(202);
  expect((await ask('GET', '/v1/backups?database=shop')).json()).toMatchObject({ items: [] });
  expect((await ask('PUT', '/v1/schedules/weekly', weekly)).statusCode).toBe(200);
  expect((await ask('GET', '/v1/schedules/backup-shop')).json()).toMatchObject({
    job: 'backup',
    payload: { database: 'shop' },
    source: 'configuration',
  });
  expect((await ask('GET', '/metrics')).body).toContain('sagekeep_backups{database="shop"} 0');
});

it('a labelled container that is gone is red in the status, with since when and what to do', async () => {
  await api.vault.records.put('databases', 'shop', record);
  const line = async () => {
    const shop = (await status()).databases.find(({ database }) => database === 'shop');
    return shop?.lines.find(({ id }) => id === 'labelled:shop');
  };
  expect(await line()).toMatchObject({ level: 'ok' });
  const gone = { ...record, state: 'gone' as const, why: 'it was removed', advice: 'start it again' };
  await api.vault.records.put('databases', 'shop', gone);
  expect(await line()).toMatchObject({ level: 'fail', since: now, command: 'start it again' });
  await api.vault.records.remove('databases', 'shop');
  expect(await line()).toBeUndefined();
});

it('a database whose labelled container is gone is forgotten on demand, with its incident; its backups stay listed', async () => {
  await api.vault.records.put('databases', 'shop', record);
  const { id } = await publishExample(api.vault, { database: 'shop', at: new Date() });
  const forget = () => ask('DELETE', '/v1/databases/shop');
  expect((await forget()).json()).toMatchObject({ status: 409, code: 'CONFLICT' });
  expect((await status()).databases.map(({ database }) => database)).toContain('shop');

  await api.vault.records.put('databases', 'shop', { ...record, state: 'gone', why: 'it was removed' });
  const other = { ...record, id: 'shop@twin', container: 'twin', state: 'refused' as const };
  await api.vault.records.put('databases', other.id, other);
  await api.vault.records.put('incidents', 'i1', {
    ...{ version: 1 as const, id: 'i1', key: 'check:shop:container.labelled', database: 'shop' },
    ...{
      severity: 'fail' as const,
      title: 'shop: gone',
      detail: 'gone',
      advice: 'x',
      openedAt: now,
      lastSeenAt: now,
    },
    ...{ remindedAt: null, resolvedAt: null, occurrences: 1 },
  });
  expect((await forget()).statusCode).toBe(204);
  expect((await api.vault.records.list('databases')).items.map((each) => each.id)).toEqual(['shop@twin']);
  const after = await status();
  expect(after.databases.map(({ database }) => database)).not.toContain('shop');
  expect(after.incidents).toEqual([]);
  expect((await ask('GET', '/v1/backups?database=shop')).json()).toMatchObject({
    items: [{ manifest: { id } }],
  });
  const audit = api.logged.filter((line) => line.includes('a database was forgotten'));
  expect(audit).toEqual([expect.stringMatching(/"who":"operator","what":"forget shop"/)]);
  expect((await forget()).statusCode).toBe(409);
  await api.vault.records.remove('databases', other.id);
  expect((await forget()).json()).toMatchObject({ status: 404, code: 'UNKNOWN_DATABASE' });
});

it('a labelled database that no worker sees any more is forgotten, one of the configuration is not', async () => {
  const seenAt = new Date(Date.now() - 16 * 60_000).toISOString();
  await api.vault.records.put('databases', 'shop', { ...record, seenAt });
  expect((await ask('DELETE', '/v1/databases/shop')).statusCode).toBe(204);
  expect((await ask('DELETE', '/v1/databases/sage')).json()).toMatchObject({
    status: 409,
    code: 'CONFLICT',
    detail: 'sage is a database of the configuration',
  });
  expect((await ask('DELETE', '/v1/databases/..%2Fevil')).statusCode).toBe(404);
});

it('a labelled database whose record is damaged is still known, and can be forgotten', async () => {
  await api.vault.storage.put('records/databases/torn.json', '{"version":');
  expect((await status()).databases.map(({ database }) => database)).toContain('torn');
  expect((await ask('POST', '/v1/backups', { database: 'torn' })).statusCode).toBe(202);
  expect((await ask('DELETE', '/v1/databases/torn')).statusCode).toBe(204);
  expect((await status()).databases.map(({ database }) => database)).not.toContain('torn');
  expect((await ask('DELETE', '/v1/databases/torn')).statusCode).toBe(404);
});
