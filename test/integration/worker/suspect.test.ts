import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { waitFor } from '../../support/events.ts';
import { temporaryFolder } from '../../support/folders.ts';
import { administer, createDatabase } from '../../support/servers.ts';
import { startWorker, type WorkerBench } from './harness.ts';

const by = 'test';

async function backUp({ done }: WorkerBench): Promise<string> {
  const result = await done('backup', { database: 'sage', reason: 'manual', by });
  return (result as { backup: string }).backup;
}

async function openKeys({ vault }: WorkerBench): Promise<string[]> {
  const { items } = await vault.records.list('incidents');
  return items.filter(({ resolvedAt }) => resolvedAt === null).map(({ key }) => key);
}

async function listed({ vault }: WorkerBench): Promise<string[]> {
  const { backups } = await vault.catalogue.list({ database: 'sage' });
  return backups.map(({ manifest }) => manifest.id).sort();
}

it.each([
  ['a DELETE without WHERE', 'DELETE FROM memories', /rows of public\.memories/],
  ['a nulled column', 'UPDATE memories SET embedding = NULL', /embedding/],
  ['a dropped table', 'DROP TABLE sessions', /sessions/],
])(
  '%s is caught at the next backup: told, and retention frozen until a person acknowledges',
  async (_what, damage, names) => {
    using folder = temporaryFolder();
    await using database = await createDatabase({ template: 'sample' });
    const sage = { url: database.url, proof: { when: 'never' }, retention: { keepDays: 0, keepLast: 1 } };
    await using worker = await startWorker(folder.path, { databases: { sage } });
    const before = await backUp(worker);
    expect(await openKeys(worker)).not.toContain('suspect:sage');
    await administer((client) => client.query(damage), database.url);
    const backup = await backUp(worker);

    const { marks } = await worker.vault.catalogue.get(backup);
    expect(marks.suspect?.reasons.join('\n')).toMatch(names);
    expect(await openKeys(worker)).toContain('suspect:sage');
    const cleanUp = () => worker.done('cleanup', { database: 'sage', dryRun: false, by });
    expect(await cleanUp()).toMatchObject({
      plan: expect.arrayContaining([
        expect.objectContaining({ backup: before, reason: expect.stringContaining(`${backup} is suspect`) }),
      ]),
    });
    expect(await listed(worker)).toEqual([before, backup].sort());

    const at = new Date().toISOString();
    await worker.vault.catalogue.mark(backup, { kind: 'acknowledgement', at, by, reason: 'meant' });
    await cleanUp();
    expect(await listed(worker)).toEqual([backup]);
    await worker.done('monitor', { by });
    expect(await openKeys(worker)).not.toContain('suspect:sage');
  },
);

it('a proof that fails is told, until a backup of the database is proven', async () => {
  using folder = temporaryFolder();
  await using database = await createDatabase({ template: 'sample' });
  const sage = { url: database.url, proof: { when: 'never' } };
  await using worker = await startWorker(folder.path, { databases: { sage } });
  const backup = await backUp(worker);
  await flipByte(join(worker.storage, 'sage', backup, `${backup}.sql.custom`));

  const proof = { drill: false, by } as const;
  const failed = await worker.done('prove', { backup, database: 'sage', ...proof });
  expect(failed).toMatchObject({ status: 'fail', proof: { result: 'failed' } });
  await waitFor(async () => (await openKeys(worker)).includes('proof:sage'), { what: 'the incident' });
  const good = await backUp(worker);
  expect(await worker.done('prove', { backup: good, database: 'sage', ...proof })).toMatchObject({
    status: 'pass',
  });
  await waitFor(async () => !(await openKeys(worker)).includes('proof:sage'), { what: 'its end' });
});

async function flipByte(path: string): Promise<void> {
  const file = await open(path, 'r+');
  const { size } = await file.stat();
  const { buffer } = await file.read(Buffer.alloc(1), 0, 1, Math.floor(size / 2));
  await file.write(Buffer.from([(buffer[0] ?? 0) ^ 1]), 0, 1, Math.floor(size / 2));
  await file.close();
}
