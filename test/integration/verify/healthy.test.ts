import { renderReport } from '@sagekeep/watch';
import { expect, it } from 'vitest';
import { temporaryFolder } from '../../support/folders.ts';
import { administer, createDatabase } from '../../support/servers.ts';
import { ask, sageExpectations, vaultIn } from './harness.ts';

it('passes every check that can be asked of the sample database, and keeps report and observation', async () => {
  await using database = await createDatabase({ template: 'sample' });
  using folder = temporaryFolder();
  const vault = vaultIn(folder.path);
  const result = await ask(database.ownerUrl, { vault });
  console.log(renderReport(result.report));
  expect(result.alarms()).toEqual(['performance.backup']);
  expect(await vault.records.get('reports', result.report.id)).toEqual(result.report);
  const { items } = await vault.records.list('observations');
  expect(items[0]?.measures).toMatchObject({
    'pgvector.coverage': { 'public.memories.embedding': 93.25 },
    'performance.size': { bytes: expect.any(Number) },
    'performance.largest': {
      'public.memories': expect.any(Number),
      'public.memories_pkey': expect.any(Number),
    },
  });
  expect(items).toMatchObject([{ kind: 'verification', database: 'sage', status: 'fail', mode: 'full' }]);
});

it('tells what has grown in a day or more, however often it was verified meanwhile', async () => {
  await using database = await createDatabase({ template: 'sample' });
  using folder = temporaryFolder();
  const vault = vaultIn(folder.path);
  const start = Date.now();
  const after = (hours: number) =>
    ask(database.ownerUrl, { vault, mode: 'quick', now: new Date(start + hours * 3_600_000) });
  const before = (await after(0)).finding('performance.largest');
  await administer(
    (client) =>
      client.query(
        'create table more as select * from memories; insert into memories (user_input, assistant_response, embedding) select user_input, assistant_response, embedding from more',
      ),
    database.ownerUrl,
  );
  await after(24);
  const grown = (await after(25)).finding('performance.largest');
  expect(before.value).not.toContain('%');
  expect(grown.value).toMatch(/public\.memories \d+ \w+ \+\d+\.\d %.*\(growth in the 25\.0 h since \d{4}-/);
});

it('asks no check that is switched off, and lets one that may only warn not fail', async () => {
  await using database = await createDatabase({ template: 'sample' });
  const expectations = {
    ...sageExpectations,
    checks: { 'performance.backup': 'warn', 'performance.size': 'off' },
  } as const;
  const result = await ask(database.ownerUrl, { mode: 'quick', expect: expectations });
  expect(result.finding('performance.size')).toMatchObject({ status: 'skip', durationMs: 0 });
  expect(result.status).toBe('warn');
});
