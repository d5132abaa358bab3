import { randomBytes } from 'node:crypto';
import { cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Backup, BackupPage, type JobView } from '@sagekeep/contracts';
import { execa } from 'execa';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { waitFor } from '../support/events.ts';
import { provideBases } from './support/bases.ts';
import { type ApiClient, createApiClient } from './support/client.ts';
import { type Engine, startEngine } from './support/engine.ts';
import { type ComposeStack, checkout, startStack } from './support/stack.ts';

/** A database that is not compose's, and a worker on another host: a checkout of its own, and a project of its own. */
let engine: Engine;
let stack: ComposeStack;
let api: ApiClient;
let further: string;
const mine = `sagekeep-mine-${randomBytes(4).toString('hex')}`;
const shop = `${mine}-db`;
const rows = 321;

async function docker(...args: string[]): Promise<string> {
  return (await execa('docker', args, { env: engine.environment })).stdout;
}

/** `docker compose …` on the further host. */
async function compose(env: Record<string, string>, ...args: string[]): Promise<string> {
  const files = ['docker-compose.worker.yml', join(import.meta.dirname, 'support/furtherHost.yml')];
  const named = files.flatMap((file) => ['-f', file]);
  const settings = { ...engine.environment, DOCKER_SOCKET: engine.socket, SAGEKEEP_TAG: 'test', MINE: mine };
  const project = ['compose', '-p', `${mine}-further`, ...named, ...args];
  return (await execa('docker', project, { cwd: further, env: { ...settings, ...env } })).stdout;
}

const onFirst = () => ({
  SAGEKEEP_BACKUPS: join(stack.folder, 'backups'),
  SAGEKEEP_CONFIG: '/app/config/sagekeep.yaml',
  SAGEKEEP_URL: 'http://first-host-api:8420',
});

async function startShop(): Promise<void> {
  const variables = ['POSTGRES_PASSWORD=secret', 'POSTGRES_USER=shop', 'POSTGRES_DB=shop'];
  const env = variables.flatMap((variable) => ['-e', variable]);
  await docker('network', 'create', mine);
  await docker('run', '-d', '--name', shop, '--network', mine, ...env, 'pgvector/pgvector:pg17');
  const ready = () =>
    docker('exec', shop, 'pg_isready', '-q', '-h', '127.0.0.1').then(
      () => true,
      () => false,
    );
  await waitFor(ready, { what: 'the database to accept connections', withinMs: 120_000 });
  const sql = `CREATE TABLE orders AS SELECT n AS id, 'order ' || n AS text FROM generate_series(1, ${rows}) n`;
  await docker('exec', shop, 'psql', '-U', 'shop', '-qc', sql);
}

/** What an operator does for a database of his own. */
async function configureShop(folder: string): Promise<void> {
  const secrets = join(folder, 'data/secrets/worker');
  await mkdir(secrets, { recursive: true });
  await writeFile(join(secrets, 'shop_url'), `postgresql://shop:secret@${shop}:5432/shop`, { mode: 0o600 });
  const lines = ['databases:', `  shop: { url_file: /run/secrets/sagekeep/shop_url, container: ${shop} }`];
  await writeFile(join(folder, 'config/sagekeep.yaml'), lines.join('\n'));
}

/** The first host's configuration and secrets; Redis goes by the name that this host knows. */
async function prepareFurther(): Promise<void> {
  further = await checkout();
  for (const part of ['config', 'data/secrets/worker'])
    await cp(join(stack.folder, part), join(further, part), { recursive: true });
  const secrets = join(further, 'data/secrets/worker');
  const url = await readFile(join(secrets, 'redis_url'), 'utf8');
  await writeFile(join(secrets, 'redis_url'), url.replace('@redis:', '@first-host-redis:'));
  await execa('chown', ['-R', '1000:1000', secrets, join(further, 'data/logs')]);
}

beforeAll(async () => {
  engine = await startEngine();
  await provideBases(engine);
  await startShop();
  stack = await startStack(engine, {
    files: [join(import.meta.dirname, 'support/ownDatabase.yml')],
    env: { MINE: mine, SAGEKEEP_CONFIG: '/app/config/sagekeep.yaml', SAGEKEEP_FIRST_BACKUP: 'shop' },
    prepare: configureShop,
  });
  api = createApiClient(stack);
});

afterAll(async () => {
  if (further !== undefined) {
    await compose(onFirst(), 'down', '--volumes', '--timeout', '5');
    await rm(further, { recursive: true, force: true });
  }
  await stack?.[Symbol.asyncDispose]();
  await docker('rm', '--force', '--volumes', shop);
  await docker('network', 'rm', mine);
  await engine?.stop();
});

async function provenBackup(id?: string): Promise<Backup> {
  const proven = async () => {
    const { items } = BackupPage.parse(await api.ask('GET', '/v1/backups?database=shop&proven=true'));
    return items.find(({ manifest }) => id === undefined || manifest.id === id)?.manifest.id;
  };
  const found = await waitFor(proven, { what: 'a proven backup', withinMs: 120_000 });
  return Backup.parse(await api.ask('GET', `/v1/backups/${found}`));
}

it('a database outside of compose has a first backup, proven, and no db was started beside it', async () => {
  const { manifest } = await provenBackup();
  expect(manifest.inventory.tables).toMatchObject([{ name: 'public.orders', rows }]);
  expect(manifest.container?.name).toBe(shop);
  const services = (await stack.compose('ps', '--all', '--services')).split('\n').sort();
  expect(services).toEqual(['api', 'docker-proxy', 'first-backup', 'init', 'redis', 'worker']);
});

it('a worker on a further host is not started where the storage is not mounted', async () => {
  await prepareFurther();
  const unmounted = { ...onFirst(), SAGEKEEP_BACKUPS: join(further, 'not-mounted') };
  await expect(compose(unmounted, 'up', '--detach')).rejects.toThrow(/not-mounted/);
});

it('a worker on a further host makes and proves the backups that the first host cannot', async () => {
  await compose(onFirst(), 'up', '--detach', '--wait');
  await stack.compose('stop', 'worker');
  const said = await compose(
    onFirst(),
    ...['exec', '--no-TTY', 'worker', 'sagekeep', 'backup', 'shop', '--json'],
  );
  const job = JSON.parse(said) as JobView & { result: { backup: string } };
  expect(job).toMatchObject({ state: 'completed', error: null });
  const { manifest } = await provenBackup(job.result.backup);
  expect(manifest.inventory.tables).toMatchObject([{ name: 'public.orders', rows }]);
  expect(manifest.container?.name).toBe(shop);
  const running = (await compose(onFirst(), 'ps', '--services')).split('\n').sort();
  expect(running).toEqual(['docker-proxy', 'worker']);
});
