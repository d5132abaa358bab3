import { join } from 'node:path';
import { createJobs, loadConfiguration } from '@sagekeep/runtime';
import { createFolderStorage, createVault } from '@sagekeep/storage';
import { expect, it } from 'vitest';
import { inState, quiet } from '../../faults/queue/harness.ts';
import { waitFor } from '../../support/events.ts';
import { temporaryFolder } from '../../support/folders.ts';
import { spawnNode } from '../../support/processes.ts';
import { createDatabase, redisUrl, uniquePrefix } from '../../support/servers.ts';

const program = join(import.meta.dirname, '../../../apps/worker/src/main.ts');

it('a backup that is enqueued is made, and proven by a job that follows it', async () => {
  using folder = temporaryFolder();
  await using database = await createDatabase({ template: 'sample' });
  const environment = {
    DATABASE_URL: database.url,
    SAGEKEEP_DATABASE: 'sage',
    REDIS_URL: redisUrl(),
    SAGEKEEP_PREFIX: uniquePrefix(),
    SAGEKEEP_STORAGE: join(folder.path, 'backups'),
    SAGEKEEP_LOGS: join(folder.path, 'logs'),
  };
  const configuration = loadConfiguration({ environment, cwd: folder.path });
  const jobs = createJobs(configuration, quiet);
  await using worker = spawnNode(program, { env: environment, cwd: folder.path });
  await worker.line(/the worker is ready/);
  await waitFor(() => jobs.ready());
  expect(await jobs.workers()).toHaveLength(1);

  const job = await jobs.add('backup', { database: 'sage', reason: 'manual', by: 'test' });
  const made = await inState(jobs, job, 'completed', 'failed');
  expect(made.error).toBeNull();
  expect(made.log.length).toBeGreaterThan(2);
  const result = made.result as { backup: string; proof: string };

  const proven = await inState(jobs, { queue: 'verify', id: result.proof }, 'completed', 'failed');
  expect(proven.error).toBeNull();
  expect(proven.result).toMatchObject({ status: 'pass', proof: { result: 'proven' } });

  const storage = createFolderStorage({ folder: configuration.storage.folder });
  const { catalogue } = createVault({ storage, now: () => new Date() });
  expect((await catalogue.get(result.backup)).marks.proof?.result).toBe('proven');
  await jobs.close();
  worker.child.kill('SIGTERM');
  expect(await worker.finished).toEqual({ code: 0, signal: null });
});
