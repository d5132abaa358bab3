import { mkdir, readdir, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { temporaryFolder } from '../../support/folders.ts';
import { createDatabase } from '../../support/servers.ts';
import { startWorker } from './harness.ts';

it('a cleanup removes what dead processes left half-written, its rehearsal does not', async () => {
  using folder = temporaryFolder();
  await using database = await createDatabase();
  await using worker = await startWorker(folder.path, { databases: { sage: { url: database.url } } });
  const scratch = join(folder.path, 'backups/.tmp');
  await mkdir(scratch, { recursive: true });
  await writeFile(join(scratch, 'left'), 'half');
  const before = new Date(Date.now() - 2 * 3_600_000);
  await utimes(join(scratch, 'left'), before, before);
  await worker.done('cleanup', { dryRun: true, by: 'test' });
  expect(await readdir(scratch)).toContain('left');
  await worker.done('cleanup', { dryRun: false, by: 'test' });
  expect(await readdir(scratch)).not.toContain('left');
});
