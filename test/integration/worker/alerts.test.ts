import { EventEmitter, once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { createJobs, loadConfiguration } from '@sagekeep/runtime';
import { expect, it } from 'vitest';
import { inState, quiet } from '../../faults/queue/harness.ts';
import { waitFor } from '../../support/events.ts';
import { temporaryFolder } from '../../support/folders.ts';
import { spawnNode } from '../../support/processes.ts';
import { createDatabase, postgresUrl, redisUrl, uniquePrefix, withDatabase } from '../../support/servers.ts';

const program = join(import.meta.dirname, '../../../apps/worker/src/main.ts');

/** A receiver of webhooks that keeps what it was told. */
async function startReceiver() {
  const told: { path: string; body: string }[] = [];
  const heard = new EventEmitter();
  const server = createServer(async (request, response) => {
    told.push({ path: request.url ?? '', body: await text(request) });
    response.end();
    heard.emit('told');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    async next(accept: (each: { path: string; body: string }) => boolean) {
      for (;;) {
        const found = told.find(accept);
        if (found !== undefined) return found;
        await once(heard, 'told');
      }
    },
    [Symbol.asyncDispose]: async () => void server.close(),
  };
}

it('a failed backup is told by webhook, its recovery too, and each run pings its check', async () => {
  using folder = temporaryFolder();
  await using receiver = await startReceiver();
  const dbname = `late_${uniquePrefix()}`;
  const file = join(folder.path, 'sagekeep.yaml');
  writeFileSync(
    file,
    JSON.stringify({
      databases: { sage: { url: withDatabase(postgresUrl(), dbname), proof: { when: 'never' } } },
      alerts: {
        channels: {
          hook: { kind: 'webhook', url: `${receiver.url}/hook` },
          alive: { kind: 'healthchecks', url: `${receiver.url}/ping` },
        },
      },
    }),
  );
  const environment = {
    SAGEKEEP_CONFIG: file,
    REDIS_URL: redisUrl(),
    SAGEKEEP_PREFIX: uniquePrefix(),
    SAGEKEEP_STORAGE: join(folder.path, 'backups'),
    SAGEKEEP_LOGS: '',
    SAGEKEEP_BACKOFF_FACTOR: '0.01',
  };
  const jobs = createJobs(loadConfiguration({ environment, cwd: folder.path }), quiet);
  await using worker = spawnNode(program, { env: environment, cwd: folder.path });
  await worker.line(/the worker is ready/);
  await waitFor(() => jobs.ready());
  const payload = { database: 'sage', reason: 'manual', by: 'test' } as const;

  const failing = await jobs.add('backup', payload);
  const failed = await inState(jobs, failing, 'completed', 'failed');
  expect(failed.error?.code).toBe('DATABASE_MISSING');
  const opened = await receiver.next(
    ({ path, body }) => path === '/hook' && body.includes('DATABASE_MISSING'),
  );
  expect(opened.body).toContain('sage');
  await receiver.next(({ path }) => path.startsWith('/ping/start?rid='));
  await receiver.next(({ path }) => path.startsWith('/ping/fail?rid='));

  await using _database = await createDatabase({ name: dbname });
  await jobs.retry('backup', failing.id);
  expect((await inState(jobs, failing, 'completed', 'failed')).error).toBeNull();
  await receiver.next(({ path, body }) => path === '/hook' && body.includes('resolved'));
  const success = await receiver.next(({ path }) => path.startsWith('/ping?rid='));
  expect(success.body.length).toBeGreaterThan(0);
  await jobs.close();
});
