import { writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Status, type StatusLine } from '@sagekeep/contracts';
import { publishExample } from '@sagekeep/storage/testing';
import { expect, it } from 'vitest';
import { waitFor } from '../../support/events.ts';
import { temporaryFolder } from '../../support/folders.ts';
import { startPrivateRedis } from '../../support/servers.ts';
import { asViewer, startApi, type TestApi } from './harness.ts';

const hour = 3_600_000;

async function linesOf({ app }: TestApi): Promise<Map<string, StatusLine>> {
  const status = Status.parse((await app.inject({ url: '/v1/status', headers: asViewer })).json());
  const all = [
    ...status.databases.flatMap(({ database, lines }) =>
      lines.map((line) => [`${database}/${line.id}`, line] as const),
    ),
    ...status.lines.map((line) => [`/${line.id}`, line] as const),
  ];
  for (const [, { level, since }] of all) expect(since === null).toBe(level === 'ok');
  return new Map(all);
}

const sinceOf = (lines: Map<string, StatusLine>) =>
  Object.fromEntries([...lines].map(([key, { since }]) => [key, since]));

it('every line that is not green keeps its since over restarts of the API, until it was green', async () => {
  using folder = temporaryFolder();
  await using first = await startApi({ folder: folder.path });
  await publishExample(first.vault, { at: new Date() });
  const before = sinceOf(await linesOf(first));
  expect(before).toMatchObject({
    'sage/rto': expect.any(String),
    'sage/verification': expect.any(String),
    'other/backup': expect.any(String),
    'other/rpo': expect.any(String),
    '/workers': expect.any(String),
    '/schedules': expect.any(String),
  });
  await first.app.close();

  await using second = await startApi({ folder: folder.path });
  second.advance(hour);
  expect(sinceOf(await linesOf(second))).toEqual(before);
  const { id } = await publishExample(second.vault, { database: 'other', at: new Date() });
  expect((await linesOf(second)).get('other/backup')?.level).toBe('ok');

  await using third = await startApi({ folder: folder.path });
  third.advance(2 * hour);
  await third.vault.catalogue.discard(id);
  const after = sinceOf(await linesOf(third));
  expect(Date.parse(after['other/backup'] ?? '')).toBeGreaterThan(Date.now() + hour);
  expect(after['sage/verification']).toBe(before['sage/verification']);
});

it('Redis away is red since the first look that missed it, also after a restart, and ends nothing that only it can tell', async () => {
  using folder = temporaryFolder();
  await using redis = await startPrivateRedis();
  await using first = await startApi({ folder: folder.path, redis: redis.url });
  await publishExample(first.vault, { at: new Date() });
  const workers = (await linesOf(first)).get('/workers')?.since;
  expect(workers).toEqual(expect.any(String));
  await redis.signal('SIGSTOP');
  first.advance(hour);
  const missed = (await linesOf(first)).get('/redis')?.since;
  expect(Date.parse(missed ?? '')).toBeGreaterThan(Date.parse(workers ?? '') + hour / 2);
  first.advance(hour);
  expect((await linesOf(first)).get('/redis')?.since).toBe(missed);
  await redis.signal('SIGCONT');

  await using second = await startApi({ folder: folder.path, redis: redis.url });
  await redis.signal('SIGSTOP');
  second.advance(3 * hour);
  expect((await linesOf(second)).get('/redis')?.since).toBe(missed);
  await redis.signal('SIGCONT');
  await waitFor(async () => !(await linesOf(second)).has('/redis'), { what: 'Redis to be heard' });
  expect((await linesOf(second)).get('/workers')?.since).toBe(workers);
});

it('while the storage is no folder any more, the process remembers since when', async () => {
  using folder = temporaryFolder();
  await using api = await startApi({ folder: folder.path });
  await publishExample(api.vault, { at: new Date() });
  const before = sinceOf(await linesOf(api));
  const storage = join(folder.path, 'backups');
  await rm(storage, { recursive: true });
  writeFileSync(storage, 'in its place');
  api.advance(hour);
  const lost = await linesOf(api);
  expect(lost.get('/storage')).toMatchObject({ level: 'fail', since: expect.any(String) });
  expect(lost.get('sage/verification')?.since).toBe(before['sage/verification']);
  api.advance(hour);
  expect((await linesOf(api)).get('/storage')?.since).toBe(lost.get('/storage')?.since);
});
