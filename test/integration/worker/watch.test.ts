import { join } from 'node:path';
import { createJobs, loadConfiguration } from '@sagekeep/runtime';
import { createFolderStorage, createVault } from '@sagekeep/storage';
import { expect, it } from 'vitest';
import { inState, quiet } from '../../faults/queue/harness.ts';
import { waitFor } from '../../support/events.ts';
import { temporaryFolder } from '../../support/folders.ts';
import { spawnNode } from '../../support/processes.ts';
import { administer, createDatabase, redisUrl, uniquePrefix } from '../../support/servers.ts';

const program = join(import.meta.dirname, '../../../apps/worker/src/main.ts');

it('the monitor looks at everything, and a backup after a DELETE without WHERE is suspect', async () => {
  using folder = temporaryFolder();
  await using database = await createDatabase({ template: 'sample' });
  const environment = {
    DATABASE_URL: database.url,
    SAGEKEEP_DATABASE: 'sage',
    REDIS_URL: redisUrl(),
    SAGEKEEP_PREFIX: uniquePrefix(),
    SAGEKEEP_STORAGE: join(folder.path, 'backups'),
    SAGEKEEP_LOGS: '',
  };
  const configuration = loadConfiguration({ environment, cwd: folder.path });
  const jobs = createJobs(configuration, quiet);
  await using worker = spawnNode(program, { env: environment, cwd: folder.path });
  await worker.line(/the worker is ready/);
  await waitFor(() => jobs.ready());

  const backUp = async () => {
    const job = await jobs.add('backup', { database: 'sage', reason: 'manual', by: 'test' });
    const ended = await inState(jobs, job, 'completed', 'failed');
    expect(ended.error).toBeNull();
    return ended;
  };
  const looked = await inState(jobs, await jobs.add('monitor', { by: 'test' }), 'completed', 'failed');
  expect(looked.error).toBeNull();
  const ids = (looked.result as { findings: { id: string; title: string }[] }).findings.map(({ id }) => id);
  for (const prefix of ['connection.', 'disk.storage', 'redis.', 'queue'])
    expect(
      ids.some((id) => id.startsWith(prefix)),
      `${prefix} in ${ids.join(' ')}`,
    ).toBe(true);

  await backUp();
  await administer((client) => client.query('DELETE FROM memories'), database.url);
  const emptied = await backUp();
  expect(emptied.log.some((line) => line.includes('Suspect:'))).toBe(true);
  const storage = createFolderStorage({ folder: configuration.storage.folder });
  const { catalogue } = createVault({ storage, now: () => new Date() });
  const { backup } = emptied.result as { backup: string };
  expect((await catalogue.get(backup)).marks.suspect).not.toBeNull();
  await jobs.close();
});
