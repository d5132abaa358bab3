import { chmod } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { provideBases } from './support/bases.ts';
import { createApiClient } from './support/client.ts';
import { type Engine, startEngine } from './support/engine.ts';
import { type ComposeStack, startStack } from './support/stack.ts';

let engine: Engine;
let stack: ComposeStack;
const uid = '2345';

beforeAll(async () => {
  engine = await startEngine();
  await provideBases(engine);
  stack = await startStack(engine, {
    files: ['docker-compose.volumes.yml'],
    env: { PUID: uid, PGID: uid },
  });
});

afterAll(async () => {
  await stack?.[Symbol.asyncDispose]();
  await engine?.stop();
});

it('named volumes hold a first backup, and every file belongs to PUID, those of the database too', async () => {
  expect(await createApiClient(stack).backups()).toHaveLength(1);
  for (const [service, folder] of [
    ['db', '/var/lib/postgresql/data'],
    ['worker', '/app/backups'],
    ['redis', '/data'],
    ['api', '/app/data/logs/sage'],
  ] as const) {
    // A server at work makes and removes files meanwhile.
    const find = ['find', folder, '-ignore_readdir_race', '!', '-user', uid];
    expect(await stack.compose('exec', '--no-TTY', service, ...find), service).toBe('');
  }
});

it('a checkout that its containers may not read is refused with advice', async () => {
  const schema = join(stack.folder, 'config/sage.sql');
  const folder = join(stack.folder, 'scripts/docker');
  const proxy = join(stack.folder, 'config/docker-proxy.cfg');
  const again = () => stack.compose('run', '--rm', '--no-deps', 'init');
  for (const [path, closed, open] of [
    [schema, 0o600, 0o644],
    [folder, 0o750, 0o755],
    [proxy, 0o640, 0o644],
  ] as const) {
    await chmod(path, closed);
    const named = `may not read ./${relative(stack.folder, path)}. Let everybody read what is no secret: chmod -R a+rX`;
    await expect(again()).rejects.toThrow(named);
    await chmod(path, open);
  }
  await again();
});

it('another PUID is refused with advice, and nothing changes its owner', async () => {
  const refused = stack.compose('run', '--rm', '--no-deps', '-e', 'PUID=1234', '-e', 'PGID=1234', 'init');
  await expect(refused).rejects.toThrow(
    /the volume sage-data belongs to uid 2345, but PUID is 1234\. Set PUID=2345 PGID=2345/,
  );
  const owner = await stack.compose(
    ...['exec', '--no-TTY', 'db', 'stat', '-c', '%u', '/var/lib/postgresql/data/PG_VERSION'],
  );
  expect(owner.trim()).toBe(uid);
});
