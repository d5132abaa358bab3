import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Backup, BackupPage, Schedule, Status, type StatusLine } from '@sagekeep/contracts';
import { execa } from 'execa';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { waitFor } from '../support/events.ts';
import { provideBases } from './support/bases.ts';
import { type ApiClient, createApiClient } from './support/client.ts';
import { type Engine, startEngine } from './support/engine.ts';
import { type ComposeStack, startStack } from './support/stack.ts';

/** A container that is labelled while everything runs: nothing is restarted, and no configuration names it. */
const password = 'canary:p@ss/word-of-the-shop';
const image = 'pgvector/pgvector:pg17';
const made = new Set<string>();
let engine: Engine;
let stack: ComposeStack;
let api: ApiClient;

beforeAll(async () => {
  engine = await startEngine();
  await provideBases(engine);
  stack = await startStack(engine);
  api = createApiClient(stack);
});

afterAll(async () => {
  for (const name of made) await stack.docker('rm', '--force', '--volumes', name);
  await stack?.[Symbol.asyncDispose]();
  await engine?.stop();
});

/** `docker run` of a container of this test's own, on the worker's network unless the arguments say something else. */
async function run(name: string, args: readonly string[], ...command: string[]): Promise<string> {
  const full = `${stack.project}-${name}`;
  await remove(full);
  const network = args.includes('--network') ? [] : ['--network', `${stack.project}_private`];
  await stack.docker('run', '--detach', '--name', full, ...network, ...args, ...command);
  made.add(full);
  return full;
}

async function remove(name: string): Promise<void> {
  if (made.delete(name)) await stack.docker('rm', '--force', '--volumes', name);
}

function labels(values: Readonly<Record<string, string>>): string[] {
  return Object.entries({ enable: 'true', ...values }).flatMap(([name, value]) => [
    '--label',
    `sagekeep.${name}=${value}`,
  ]);
}

const shop = () =>
  run(
    'shop-db',
    [
      ...labels({ database: 'shop' }),
      ...['-e', `POSTGRES_PASSWORD=${password}`, '-e', 'POSTGRES_USER=keeper', '-e', 'POSTGRES_DB=shop_live'],
    ],
    image,
  );

async function lineOf(database: string): Promise<StatusLine | undefined> {
  const { databases } = Status.parse(await api.ask('GET', '/v1/status'));
  const found = databases.find((each) => each.database === database);
  return found?.lines.find(({ id }) => id === `labelled:${database}`);
}

function untilLine(database: string, text: string): Promise<StatusLine> {
  const seen = async () => {
    const line = await lineOf(database);
    return line?.text.includes(text) ? line : undefined;
  };
  return waitFor(seen, { what: `the status to say of ${database}: ${text}`, withinMs: 120_000 });
}

async function backupsOf(database: string): Promise<Backup[]> {
  const { items } = BackupPage.parse(await api.ask('GET', `/v1/backups?database=${database}`));
  return items.map((item) => Backup.parse(item));
}

it('is backed up and proven, listed, scheduled and verified without a restart of anything', async () => {
  const name = await shop();
  await untilLine('shop', name);
  const proven = async () => (await backupsOf('shop')).find(({ marks }) => marks.proof?.result === 'proven');
  const backup = await waitFor(proven, { what: 'a proven backup', withinMs: 240_000 });
  expect(backup.manifest).toMatchObject({ dbname: 'shop_live', label: 'first backup', container: { name } });
  const schedule = Schedule.parse(await api.ask('GET', '/v1/schedules/backup-shop'));
  expect(schedule).toMatchObject({ job: 'backup', payload: { database: 'shop' }, enabled: true });
  const scheduled = async () =>
    Status.parse(await api.ask('GET', '/v1/status')).nextRuns.some(
      ({ schedule: next }) => next === 'backup-shop',
    );
  await waitFor(scheduled, { what: 'its schedule to be planned', withinMs: 60_000 });
  const verified = await api.ended(await api.start('/v1/verifications', { database: 'shop', mode: 'quick' }));
  expect(verified.state).toBe('completed');
  expect(await stack.sagekeep('list', 'shop')).toContain(backup.manifest.id);
  expect(await backupsOf('shop')).toHaveLength(1);
});

it('is backed up offline, too', async () => {
  await stack.compose('exec', '--no-TTY', 'worker', 'sagekeep', 'backup', 'shop', '--offline');
  expect(await backupsOf('shop')).toHaveLength(2);
});

it('leaves its password nowhere: not in records, logs or Redis', async () => {
  const record = await readFile(join(stack.folder, 'backups/records/databases/shop.json'), 'utf8');
  expect(JSON.parse(record)).toMatchObject({ state: 'ready', dbname: 'shop_live' });
  const places = ['backups', 'data/logs', 'data/redis'].map((place) => join(stack.folder, place));
  const forms = [password, encodeURIComponent(password), Buffer.from(password).toString('base64')];
  const search = (text: string) =>
    execa('grep', ['-rlaF', ...text.split('\n').flatMap((form) => ['-e', form]), ...places], {
      reject: false,
    });
  // What is there shows that the search looks into the right places.
  const { stdout: found } = await search(['first backup', 'a labelled container', 'shop_live'].join('\n'));
  for (const place of ['data/redis/', 'data/logs/', 'backups/records/reports/'])
    expect(found).toContain(place);
  expect((await search(forms.join('\n'))).stdout).toBe('');
  const logs = await stack.compose('logs', '--no-color');
  expect(logs).toContain('a labelled container');
  for (const form of forms) expect(logs).not.toContain(form);
});

it('is told to be NOT protected when its labels do not suffice, with what to do', async () => {
  const sleeping = (name: string, args: string[]) => run(name, args, 'debian:trixie-slim', 'sleep', '600');
  await sleeping('vault-db', [
    ...labels({ database: 'vault' }),
    '-e',
    'POSTGRES_PASSWORD_FILE=/run/secrets/p',
  ]);
  expect(await untilLine('vault', 'labelled but NOT protected')).toMatchObject({
    level: 'fail',
    why: expect.stringContaining('POSTGRES_PASSWORD_FILE'),
    command: expect.stringContaining('sagekeep.url_file=NAME'),
  });
  const far = ['--network', 'bridge', '-e', 'POSTGRES_PASSWORD=whatever'];
  await sleeping('far-db', [...labels({ database: 'far' }), ...far]);
  const line = await untilLine('far', 'cannot be reached');
  expect(line).toMatchObject({
    why: 'it shares no network with the worker',
    command: `docker network connect bridge ${stack.project}-worker-1`,
  });
  const job = await api.ended(await api.start('/v1/verifications', { database: 'far', mode: 'quick' }));
  expect(job.error).toMatchObject({
    code: 'SERVER_UNREACHABLE',
    message: expect.stringContaining('no network'),
  });

  // Made anew without its label it is forgotten.
  await sleeping('far-db', far);
  await waitFor(async () => (await lineOf('far')) === undefined, { what: 'far to be forgotten' });
  expect(await api.status('/v1/schedules/backup-far')).toBe(404);
});

it('is missed when it is gone, and found again', async () => {
  const name = `${stack.project}-shop-db`;
  await remove(name);
  const line = await untilLine('shop', 'is gone');
  expect(line).toMatchObject({ level: 'fail', since: expect.any(String) });
  const status = await stack.sagekeep('status').catch((error: { stdout?: string }) => error.stdout ?? '');
  expect(status).toContain(`the labelled container ${name} is gone`);
  expect(await backupsOf('shop')).toHaveLength(2);
  await shop();
  await untilLine('shop', 'found by the labels');
});
