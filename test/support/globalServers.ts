import './provided.ts';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { launchPostgres, launchRedis } from './launch.ts';
import { createTemplates } from './templates.ts';

/** One PostgreSQL (with its template databases) and one Redis for a run, on free ports; gone at its end. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const folder = mkdtempSync(join(tmpdir(), 'sagekeep-run-'));
  // The server's own user must be able to enter.
  chmodSync(folder, 0o711);
  const [postgres, redis] = await Promise.all([launchPostgres({ folder }), launchRedis({ folder })]);
  await createTemplates(postgres.url);
  project.provide('postgresUrl', postgres.url);
  project.provide('redisUrl', redis.url);
  return async () => {
    await Promise.all([postgres.stop(), redis.stop()]);
    rmSync(folder, { recursive: true, force: true });
  };
}
