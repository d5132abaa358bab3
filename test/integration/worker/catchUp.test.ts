import { createFolderStorage, createVault } from '@sagekeep/storage';
import { expect, it } from 'vitest';
import { inState } from '../../faults/queue/harness.ts';
import { temporaryFolder } from '../../support/folders.ts';
import { createDatabase } from '../../support/servers.ts';
import { startWorker } from './harness.ts';

const due = '2026-01-02T02:00:00.000Z';
const said = `A catch-up run: it was planned for ${due} and did not happen then.`;

it('a worker that finds Redis empty makes up for each run that was planned, once, and its report says so', async () => {
  using folder = temporaryFolder();
  await using database = await createDatabase({ template: 'sample' });
  const storage = createFolderStorage({ folder: `${folder.path}/backups` });
  const before = createVault({ storage, now: () => new Date() });
  const lost = ['backup-sage', 'cleanup', 'monitor'];
  const next = Object.fromEntries(lost.map((name) => [name, due]));
  await before.records.put('runs', 'next', { version: 1, next: { ...next, gone: due } });

  const sage = { url: database.url, proof: { when: 'never' } };
  const schedules = { timezone: 'UTC', backup: '0 2 * * *', cleanup: '0 2 * * *', monitor: '0 2 * * *' };
  await using worker = await startWorker(folder.path, {
    databases: { sage },
    schedules: { ...schedules, scrub: '0 2 * * *' },
  });
  for (const [queue, name, suffix] of [
    ['backup', 'backup-sage', ''],
    ['cleanup', 'cleanup', ''],
    ['monitor', 'monitor', '-sage'],
  ] as const) {
    const id = `catchup-${name}-${Date.parse(due)}`;
    const { log } = await inState(worker.jobs, { queue, id }, 'completed');
    expect(log.join()).toContain(said);
    const report = await worker.vault.records.get('reports', `${id}${suffix}`);
    expect(report?.sections[0]?.facts).toContainEqual({ name: 'run', value: said });
  }
  // What has no kept time has nothing to make up for.
  expect((await worker.jobs.list({ state: 'completed' })).items).toHaveLength(3);
  expect((await worker.jobs.list({ queue: 'verify' })).items).toMatchObject([{ state: 'delayed' }]);
});

it('a drill and a scrub that make up for a run say so in the proof and in the result', async () => {
  using folder = temporaryFolder();
  await using database = await createDatabase({ template: 'sample' });
  const databases = { sage: { url: database.url, proof: { when: 'never' } } };
  const off = { backup: false, cleanup: false, monitor: false };
  let made = '';
  {
    await using before = await startWorker(folder.path, {
      databases,
      schedules: { ...off, drill: false, scrub: false },
    });
    made = (
      (await before.done('backup', { database: 'sage', reason: 'manual', by: 'ann' })) as { backup: string }
    ).backup;
    const next = { 'drill-sage': due, scrub: due };
    await before.vault.records.put('runs', 'next', { version: 1, next });
  }
  // Under a prefix of its own: this one's Redis knows nothing.
  const schedules = { ...off, timezone: 'UTC', drill: '0 2 * * *', scrub: '0 2 * * *' };
  await using worker = await startWorker(folder.path, { databases, schedules });
  const endOf = async (name: string) => {
    const id = `catchup-${name}-${Date.parse(due)}`;
    const job = await inState(worker.jobs, { queue: 'verify', id }, 'completed');
    expect(job.log.join()).toContain(said);
    return job.result;
  };
  expect(await endOf('scrub')).toMatchObject({ whole: 1, late: said });
  expect(await endOf('drill-sage')).toMatchObject({ proof: { notes: expect.arrayContaining([said]) } });
  const { marks } = await worker.vault.catalogue.get(made);
  expect(marks.proof?.notes).toContain(said);
});
