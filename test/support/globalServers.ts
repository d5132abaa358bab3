import './provided.ts';
import { chmodSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import type { PrivateServer } from '../../apps/local/src/servers/postgres.ts';
import { launchPostgres, launchRedis } from './launch.ts';
import { createTemplates } from './templates.ts';

/**
 * One Redis for a run, and one PostgreSQL (with its template databases) for each worker of vitest, on free ports; gone at its
 * end. Roles and what looks like left by the dead belong to a whole server: files that run at once would see each other's.
 */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const folder = mkdtempSync(join(tmpdir(), 'sagekeep-run-'));
  // The server's own user must be able to enter.
  chmodSync(folder, 0o711);
  const workers = Array.from({ length: project.config.maxWorkers }, (_, at) => `${at + 1}`);
  const [redis, ...servers] = await Promise.all([
    launchRedis({ folder }),
    ...workers.map((worker) => startPostgres(join(folder, worker))),
  ]);
  project.provide(
    'postgresUrls',
    servers.map(({ url }) => url),
  );
  project.provide('redisUrl', redis.url);
  return async () => {
    await Promise.all([redis, ...servers].map((server) => server.stop()));
    rmSync(folder, { recursive: true, force: true });
  };
}

async function startPostgres(folder: string): Promise<PrivateServer> {
  mkdirSync(folder);
  chmodSync(folder, 0o711);
  const server = await launchPostgres({ folder });
  await createTemplates(server.url);
  return server;
}
