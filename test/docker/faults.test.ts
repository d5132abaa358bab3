import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Backup, type JobView } from '@sagekeep/contracts';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { waitFor } from '../support/events.ts';
import { provideBases } from './support/bases.ts';
import { type Borders, createBorders } from './support/borders.ts';
import { type ApiClient, createApiClient } from './support/client.ts';
import { type Engine, startEngine } from './support/engine.ts';
import { type ComposeStack, startStack, untilNoSessions } from './support/stack.ts';

let engine: Engine;
let stack: ComposeStack;
let api: ApiClient;
let borders: Borders;

beforeAll(async () => {
  engine = await startEngine();
  await provideBases(engine);
  stack = await startStack(engine, {
    files: ['test/docker/support/borders.yml'],
    profiles: ['demo'],
    prepare: async (folder) => {
      borders = await createBorders(join(folder, 'borders'));
    },
  });
  api = createApiClient(stack);
});

afterAll(async () => {
  await stack?.[Symbol.asyncDispose]();
  await engine?.stop();
});

const held = new Set<string>();
async function hold(border: string): Promise<void> {
  held.add(border);
  await borders.hold(border);
}
async function release(border: string): Promise<void> {
  held.delete(border);
  await borders.release(border);
}
afterEach(async () => {
  for (const border of held) await release(border);
});

/** A backup that stands at the border, and the path of its job. */
async function backupAt(border: string): Promise<string> {
  await hold(border);
  const job = await api.start('/v1/backups', { database: 'sage' });
  await borders.reached(border);
  return job;
}

const container = (service: string, index = 1) => `${stack.project}-${service}-${index}`;

async function isHealthy(name: string): Promise<boolean> {
  const format = '{{if .State.Health}}{{.State.Health.Status}}{{else}}{{.State.Status}}{{end}}';
  return ['healthy', 'running'].includes((await stack.docker('inspect', '--format', format, name)).trim());
}

/** Starts a killed container again and waits until it says that it is well. */
async function revive(service: string, index = 1): Promise<void> {
  const name = container(service, index);
  await stack.docker('start', name);
  await waitFor(() => isHealthy(name), { what: `${service} to be well again`, withinMs: 120_000 });
}

/** The job completed, with exactly one backup to its name, and that one has every row. */
async function expectOneWholeBackup(job: JobView): Promise<void> {
  expect(job).toMatchObject({ state: 'completed', error: null });
  const own = (await api.backups()).filter(({ manifest }) => manifest.jobId === job.id);
  expect(own).toHaveLength(1);
  const { manifest } = Backup.parse(await api.ask('GET', `/v1/backups/${own[0]?.manifest.id}`));
  expect(manifest.id).toBe((job.result as { backup: string }).backup);
  const rows = Object.fromEntries(manifest.inventory.tables.map(({ name, rows: count }) => [name, count]));
  expect(rows).toEqual({ 'public.memories': 400, 'public.sessions': 24 });
}

describe('killed while a backup is being made', () => {
  it('the database: the job waits for it and ends well', async () => {
    const job = await backupAt('backup:snapshot');
    await stack.docker('kill', container('db'));
    await release('backup:snapshot');
    await waitFor(async () => (await attempts(job)) >= 1, { what: 'the attempt to fail' });
    await revive('db');
    await expectOneWholeBackup(await api.ended(job));
  });

  it('Redis: the API says so at once, and the job ends once, when it is back', async () => {
    const job = await backupAt('backup:dump');
    await stack.docker('kill', container('redis'));
    const began = performance.now();
    await waitFor(async () => (await api.status('/readyz')) === 503, { what: 'the API to say 503' });
    expect(performance.now() - began).toBeLessThan(15_000);
    await release('backup:dump');
    await revive('redis');
    await expectOneWholeBackup(await api.ended(job));
  });

  it('the API: the job does not notice', async () => {
    const job = await backupAt('backup:dump');
    await stack.docker('kill', container('api'));
    await release('backup:dump');
    await revive('api');
    const view = await api.ended(job);
    expect(view.attempts.made).toBe(1);
    await expectOneWholeBackup(view);
  });

  it("Docker's proxy: the backup is made, only without what Docker knows of the container", async () => {
    await stack.docker('kill', container('docker-proxy'));
    const job = await api.ended(await api.start('/v1/backups', { database: 'sage' }));
    await expectOneWholeBackup(job);
    const { backup } = job.result as { backup: string };
    expect(Backup.parse(await api.ask('GET', `/v1/backups/${backup}`)).manifest.container).toBeNull();
    await revive('docker-proxy');
  });

  it('the worker: Docker replaces it when it crashes, and the job ends', async () => {
    const job = await backupAt('backup:dump');
    const before = (
      await stack.docker('inspect', '--format', '{{.RestartCount}}', container('worker'))
    ).trim();
    // All processes of the container but its init, at once, as the kernel does when memory runs out.
    await stack.compose('exec', '--no-TTY', 'worker', 'sh', '-c', 'kill -9 -1').catch(() => '');
    await release('backup:dump');
    await expectOneWholeBackup(await api.ended(job));
    const after = (
      await stack.docker('inspect', '--format', '{{.RestartCount}}', container('worker'))
    ).trim();
    expect(Number(after)).toBe(Number(before) + 1);
    await waitFor(() => isHealthy(container('worker')), { what: 'the new worker to be healthy' });
  });
});

async function attempts(job: string): Promise<number> {
  const { log } = (await api.ask('GET', job)) as JobView;
  return log.filter((line) => /fail|again|retry/i.test(line)).length;
}

it('the network between worker and database is cut: the attempt ends, the next one makes the backup', async () => {
  const job = await backupAt('backup:snapshot');
  const network = `${stack.project}_private`;
  await stack.docker('network', 'disconnect', network, container('db'));
  await release('backup:snapshot');
  await waitFor(async () => (await attempts(job)) >= 1, {
    what: 'the attempt to fail without its network',
    withinMs: 150_000,
  });
  await stack.docker('network', 'connect', '--alias', 'db', network, container('db'));
  await expectOneWholeBackup(await api.ended(job));
});

it('a worker is killed between the two renames of a swap: its successor ends the restore, which can be undone', async () => {
  const contents = "SELECT md5(string_agg(m::text, '|' ORDER BY id)) FROM memories AS m";
  const backup = await api.ended(await api.start('/v1/backups', { database: 'sage' }));
  const { backup: id } = backup.result as { backup: string };
  const sound = await stack.sql(contents);
  await stack.sql("UPDATE memories SET assistant_response = 'oops'");
  const damaged = await stack.sql(contents);
  await hold('restore:swap-renamed');
  const job = await api.start('/v1/restores', { database: 'sage', backup: id, confirm: 'sage' });
  await borders.reached('restore:swap-renamed');
  await stack.docker('kill', container('worker'));
  await release('restore:swap-renamed');
  await revive('worker');
  expect(await api.ended(job)).toMatchObject({ state: 'completed', error: null });
  expect(await stack.sql(contents)).toBe(sound);
  const undo = JSON.parse(await stack.sagekeep('undo', 'sage', '-f', '--json'));
  expect(undo).toMatchObject({ state: 'completed', error: null });
  expect(await stack.sql(contents)).toBe(damaged);
});

it('images are replaced by a newer version with a job in flight: it is handed back and no attempt is used', async () => {
  const job = await backupAt('backup:dump');
  const version = `s/"version": "[^"]*"/"version": "99.0.0"/`;
  const newer = `FROM sagekeep-worker:test\nUSER root\nRUN sed -i '${version}' apps/worker/package.json\nUSER 1000:1000\n`;
  await writeFile(join(stack.folder, 'newer'), newer);
  await stack.host('docker', 'build', '--quiet', '--tag', 'sagekeep-worker:test', '--file', 'newer', '.');
  await stack.compose('up', '--detach', '--no-deps', 'worker');
  await borders.reached('backup:dump');
  await release('backup:dump');
  const view = await api.ended(job);
  await expectOneWholeBackup(view);
  expect(view.attempts.made).toBe(1);
  const { backup } = view.result as { backup: string };
  const { manifest } = Backup.parse(await api.ask('GET', `/v1/backups/${backup}`));
  expect(manifest.toolVersion).toBe('99.0.0');
});

it('three workers: one is killed for good with the job in its hands, another one ends it', async () => {
  await stack.compose('up', '--detach', '--no-deps', '--scale', 'worker=3', 'worker');
  const names = [1, 2, 3].map((index) => container('worker', index));
  for (const name of names)
    await waitFor(() => isHealthy(name), { what: `${name} to be healthy`, withinMs: 120_000 });
  const job = await backupAt('backup:snapshot');
  const address = await stack.sql(
    "SELECT host(client_addr) FROM pg_stat_activity WHERE application_name LIKE 'sagekeep%backup%' LIMIT 1",
  );
  const format = '{{range .NetworkSettings.Networks}}{{.IPAddress}} {{end}}';
  const addresses = await Promise.all(
    names.map(async (name) => (await stack.docker('inspect', '--format', format, name)).trim().split(' ')),
  );
  const owner = names[addresses.findIndex((own) => own.includes(address.trim()))];
  if (owner === undefined) throw new Error(`no worker has the address ${address}`);
  await stack.docker('kill', owner);
  await release('backup:snapshot');
  await expectOneWholeBackup(await api.ended(job));
  expect((await stack.docker('inspect', '--format', '{{.State.Running}}', owner)).trim()).toBe('false');
  await stack.compose('up', '--detach', '--no-deps', '--scale', 'worker=1', 'worker');
});

it('leaves no session in the database, whatever was killed', async () => {
  await untilNoSessions(stack);
});

it('a lost volume comes back as an empty database and is told as such; the rows come back by a restore', async () => {
  const whole = await waitFor(async () => (await api.backups()).find(({ marks }) => marks.proof !== null), {
    what: 'a proof',
    withinMs: 120_000,
  });
  await stack.compose('stop', 'db');
  await stack.compose('rm', '--force', 'db');
  await rm(join(stack.folder, 'data/postgresql'), { recursive: true });
  await stack.compose('up', '--detach');
  // Sample rows would look like a healthy database.
  expect(await stack.compose('logs', '--no-color', 'demo')).toContain(
    'demo: there are backups that hold rows: nothing was changed',
  );
  const said = await readFile(join(stack.folder, 'data/logs/supervisor/init.log'), 'utf8');
  expect(said).toMatch(/WARNING: .*\.\/data\/postgresql is empty, but there are backups/);
  expect(await stack.sql('SELECT count(*) FROM memories')).toBe('0');

  const empty = await api.ended(await api.start('/v1/backups', { database: 'sage' }));
  const { backup } = empty.result as { backup: string };
  const { marks } = Backup.parse(await api.ask('GET', `/v1/backups/${backup}`));
  expect(marks.suspect?.reasons.join()).toContain('memories');

  const job = JSON.parse(
    await stack.sagekeep('restore', whole.manifest.id, '-f', '--create-roles', '--json'),
  );
  expect(job).toMatchObject({ state: 'completed', result: { proof: expect.anything() } });
  expect(await stack.sql('SELECT count(*) FROM memories')).toBe('400');
});
