import { join } from 'node:path';
import { createJobs, loadConfiguration } from '@sagekeep/runtime';
import { createFolderStorage, createVault, type Vault } from '@sagekeep/storage';
import { exampleProof, publishExample } from '@sagekeep/storage/testing';
import { Redis } from 'ioredis';
import { expect, it } from 'vitest';
import { waitFor } from '../../support/events.ts';
import { temporaryFolder } from '../../support/folders.ts';
import { spawnNode } from '../../support/processes.ts';
import { createDatabase, startPrivateRedis, uniquePrefix } from '../../support/servers.ts';
import { inState, quiet } from '../queue/harness.ts';
import { createBorders } from '../stack/borders.ts';

const program = join(import.meta.dirname, '../../../apps/worker/src/main.ts');
const dayMs = 86_400_000;
const payload = { database: 'sage', dryRun: false, by: 'test' } as const;

/** Proven backups so many days old. */
async function fill(vault: Vault, days: readonly number[]): Promise<string[]> {
  const ids: string[] = [];
  for (const daysAgo of days) {
    const at = new Date(Date.now() - daysAgo * dayMs);
    const { id } = await publishExample(vault, { at });
    await vault.catalogue.mark(id, exampleProof({ at: new Date().toISOString() }));
    ids.push(id);
  }
  return ids;
}

async function listed({ catalogue }: Vault): Promise<string[]> {
  return (await catalogue.list()).backups.map(({ manifest }) => manifest.id);
}

it('a Redis that is full has a cleanup delete what it planned and nothing else, and takes no new one for later', async () => {
  using folder = temporaryFolder();
  await using server = await startPrivateRedis();
  await using database = await createDatabase();
  const environment = {
    DATABASE_URL: database.url,
    SAGEKEEP_DATABASE: 'sage',
    REDIS_URL: server.url,
    SAGEKEEP_PREFIX: uniquePrefix(),
    SAGEKEEP_STORAGE: join(folder.path, 'backups'),
    SAGEKEEP_LOGS: '',
    SAGEKEEP_BORDERS: join(folder.path, 'borders'),
    SAGEKEEP_LOCK: '10s',
    SAGEKEEP_STALLED_INTERVAL: '500ms',
    SAGEKEEP_BACKOFF_FACTOR: '0.01',
  };
  const vault = createVault({
    storage: createFolderStorage({ folder: environment.SAGEKEEP_STORAGE }),
    now: () => new Date(),
  });
  const staying = await fill(vault, [0, 1, 2]);
  await fill(vault, [9, 10]);
  const borders = createBorders(environment.SAGEKEEP_BORDERS);
  borders.hold('cleanup:planned');
  const jobs = createJobs(loadConfiguration({ environment, cwd: folder.path }), quiet);
  await using worker = spawnNode(program, { env: environment, cwd: folder.path });
  await worker.line(/the worker is ready/);
  await waitFor(() => jobs.ready());
  const redis = new Redis(server.url);

  const job = await jobs.add('cleanup', payload);
  await borders.reached('cleanup:planned');
  await redis.config('SET', 'maxmemory-policy', 'noeviction');
  await redis.config('SET', 'maxmemory', '1');
  await expect(jobs.add('cleanup', payload)).rejects.toMatchObject({ code: 'QUEUE_UNAVAILABLE' });
  borders.release('cleanup:planned');
  await waitFor(async () => (await listed(vault)).length < 5, { what: 'the cleanup to delete' });
  expect(await listed(vault)).toEqual(expect.arrayContaining(staying));

  await redis.config('SET', 'maxmemory', '0');
  const ended = await inState(jobs, job, 'completed', 'failed');
  expect(ended.error).toBeNull();
  expect(await listed(vault)).toEqual(staying);
  expect((await jobs.list({ queue: 'cleanup' })).items.map(({ id }) => id)).toEqual([job.id]);
  redis.disconnect();
  await jobs.close();
});
