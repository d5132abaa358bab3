import { renderReport } from '@sagekeep/watch';
import { expect, it } from 'vitest';
import { temporaryFolder } from '../../support/folders.ts';
import { createDatabase } from '../../support/servers.ts';
import { ask, vaultIn } from './harness.ts';

it('passes every check that can be asked of the sample database, and keeps report and observation', async () => {
  await using database = await createDatabase({ template: 'sample' });
  using folder = temporaryFolder();
  const vault = vaultIn(folder.path);
  const result = await ask(database.ownerUrl, { vault });
  console.log(renderReport(result.report));
  expect(result.alarms()).toEqual(['performance.backup']);
  expect(await vault.records.get('reports', result.report.id)).toEqual(result.report);
  const { items } = await vault.records.list('observations');
  expect(items).toMatchObject([{ kind: 'verification', database: 'sage', status: 'fail', mode: 'full' }]);
});
