import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { DatabaseConfig } from '@sagekeep/contracts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createDatabase, type TestDatabase } from '../../support/servers.ts';
import {
  backupPayload,
  configOf,
  contextOf,
  dropSiblings,
  planPayload,
  restorePayload,
  type World,
  worldOf,
} from './harness.ts';

/** A daemon that knows of no container at all: ours was removed. */
async function emptyDaemon() {
  const server = createServer((_request, response) => {
    response.writeHead(200, { 'content-type': 'application/json' }).end('[]');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { host: `tcp://127.0.0.1:${(server.address() as AddressInfo).port}`, close: () => server.close() };
}

let database: TestDatabase;
let daemon: Awaited<ReturnType<typeof emptyDaemon>>;
let source: World;
let backup: string;
const opened: World[] = [];
beforeAll(async () => {
  database = await createDatabase();
  daemon = await emptyDaemon();
  source = worldOf([configOf('sage', database.url)]);
  backup = (await source.engine.backup(backupPayload(), contextOf())).manifest.id;
});
afterAll(async () => {
  for (const world of [source, ...opened]) world?.[Symbol.dispose]();
  daemon?.close();
  await dropSiblings(database.dbname);
  await database.drop();
});

/** The same backups, and what Docker says of the container. */
function engineOf(url: string, changes: Partial<DatabaseConfig> = {}) {
  const away = new URL(url);
  away.port = '1';
  const world = worldOf([configOf('sage', url, { container: 'sage-db', ...changes })], {
    vault: source.vault,
    dockerHost: daemon.host,
    servers: [{ name: 'rescue', url: away.href }],
  });
  opened.push(world);
  return world.engine;
}

describe('a database whose container is gone', () => {
  it.each(['backup', 'plan', 'restore', 'prove'] as const)(
    'is named by a %s, and not the connection',
    async (what) => {
      const away = new URL(database.url);
      away.port = '1';
      const engine = engineOf(away.href);
      const asked = {
        backup: () => engine.backup(backupPayload(), contextOf()),
        plan: () => engine.plan(planPayload({ backup }), contextOf()),
        restore: () => engine.restore(restorePayload({ backup }), contextOf()),
        prove: () => engine.prove({ backup, drill: false, by: 'tester' }, contextOf()),
      };
      await expect(asked[what]()).rejects.toMatchObject({
        code: 'CONTAINER_NOT_RUNNING',
        retryable: true,
        message: expect.stringContaining('sage-db'),
      });
    },
  );

  it('is not blamed for another server', async () => {
    const engine = engineOf(database.url);
    const elsewhere = engine.restore(restorePayload({ backup, server: 'rescue' }), contextOf());
    await expect(elsewhere).rejects.toMatchObject({ code: 'SERVER_UNREACHABLE' });
  });

  it('is backed up all the same where its server answers, and the log says what Docker does not know', async () => {
    const context = contextOf();
    const { manifest } = await engineOf(database.url).backup(backupPayload(), context);
    expect(manifest.container).toBeNull();
    expect(context.lines.join('\n')).toContain('no container is named sage-db');
  });

  it('is restored all the same where its server answers', async () => {
    const { record } = await engineOf(database.url).restore(
      restorePayload({ backup, withoutSafety: true }),
      contextOf(),
    );
    expect(record.state).toBe('swapped');
  });
});
