import { expect, it } from 'vitest';
import { temporaryFolder } from '../../support/folders.ts';
import { createDatabase } from '../../support/servers.ts';
import { startWorker } from './harness.ts';

it('a monitor of several databases keeps a report of each', async () => {
  using folder = temporaryFolder();
  await using sage = await createDatabase({ template: 'sample' });
  await using owl = await createDatabase();
  const databases = { sage: { url: sage.url }, owl: { url: owl.url } };
  await using worker = await startWorker(folder.path, { databases });
  const monitor = await worker.end('monitor', { by: 'test' });
  expect(monitor.error).toBeNull();
  const { items } = await worker.vault.records.list('reports');
  const kept = items.map(({ id, database }) => [id, database]);
  expect(kept.sort()).toEqual([
    [`${monitor.id}-owl`, 'owl'],
    [`${monitor.id}-sage`, 'sage'],
  ]);
});
