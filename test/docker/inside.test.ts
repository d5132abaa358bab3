import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import {
  Backup,
  CleanupJobResult,
  JobView,
  type Manifest,
  pageOf,
  type VerifyJobResult,
} from '@sagekeep/contracts';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { waitFor } from '../support/events.ts';
import { provideBases } from './support/bases.ts';
import { type Borders, createBorders } from './support/borders.ts';
import { type ApiClient, createApiClient } from './support/client.ts';
import { type Engine, startEngine } from './support/engine.ts';
import { type ComposeStack, startStack, untilNoSessions } from './support/stack.ts';
import { runVerb } from './support/verb.ts';

/** `run: container` under compose: the worker has no way to the database but exec in its container. */
let engine: Engine;
let stack: ComposeStack;
let api: ApiClient;
let borders: Borders;

beforeAll(async () => {
  engine = await startEngine();
  await provideBases(engine);
  stack = await startStack(engine, {
    files: [
      'docker-compose.docker.yml',
      'test/docker/support/unreachable.yml',
      'test/docker/support/borders.yml',
    ],
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

const done = (...args: string[]) => runVerb(stack, ...args);

async function networksOf(service: string): Promise<string[]> {
  const format = '{{range $name, $_ := .NetworkSettings.Networks}}{{$name}} {{end}}';
  const names = await stack.docker('inspect', '--format', format, `${stack.project}-${service}-1`);
  return names.trim().split(' ');
}

async function databaseId(): Promise<string> {
  return (await stack.docker('inspect', '--format', '{{.Id}}', `${stack.project}-db-1`)).trim();
}

/** The throw-away containers that are made like this stack's database. */
async function scratches(): Promise<string[]> {
  const model = await databaseId();
  const ids = await stack.docker('ps', '--all', '--quiet', '--filter', `label=sagekeep.model=${model}`);
  return ids.split('\n').filter((id) => id !== '');
}

interface Inspected {
  readonly Image: string;
  readonly HostConfig: Readonly<Record<string, unknown>>;
  readonly Mounts: readonly { readonly Type: string }[];
}

/** One SQL command in a throw-away container. */
async function inScratch(name: string, command: string): Promise<string> {
  const psql = ['psql', '-U', 'postgres', '-h', '/var/run/postgresql', '-Atc', command];
  return (await stack.docker('exec', name, ...psql)).trim();
}

/** How the cluster was made. */
const localeOfServer =
  "SELECT pg_encoding_to_char(encoding), datcollate, datctype, datlocprovider, current_setting('data_checksums') FROM pg_database WHERE datname = 'template1'";

/** Every row of the memories, as one digest. */
const contents = "SELECT md5(string_agg(m::text, '|' ORDER BY id)) FROM memories AS m";

/** Ends it as a machine that goes down does, and starts it again. */
async function killWorker(): Promise<void> {
  await stack.docker('kill', `${stack.project}-worker-1`);
  await stack.docker('start', `${stack.project}-worker-1`);
}

/** Compose waits for nothing; a server that is still starting up tells a proof nothing of itself. */
async function restartDatabase(): Promise<void> {
  await stack.compose('restart', 'db');
  const answers = () =>
    stack.sql('SELECT 1').then(
      () => true,
      () => false,
    );
  await waitFor(answers, { what: 'the database to answer again' });
}

/** What runs in the database's container besides its server. */
async function processesInside(): Promise<string[]> {
  const lines = (await stack.docker('top', `${stack.project}-db-1`, '-eo', 'pid,args')).split('\n').slice(1);
  return lines.filter((line) => !/postgres|docker-init|pg_isready|ps /.test(line));
}

/** Every pg_dump in the database's container. */
async function signalDumps(signal: 'STOP' | 'CONT'): Promise<void> {
  const each = `for p in /proc/[0-9]*; do [ "$(cat $p/comm 2>/dev/null)" != pg_dump ] || kill -${signal} "\${p#/proc/}"; done`;
  await stack.compose('exec', '--no-TTY', 'db', 'sh', '-c', each);
}

/** Processes, and folders with passwords. */
async function leftInside(): Promise<string[]> {
  const look = ['sh', '-c', 'ls -A /tmp | grep "^tmp\\." ; true'];
  const folders = await stack.compose('exec', '--no-TTY', 'db', ...look);
  return [...(await processesInside()), ...folders.split('\n').filter((name) => name !== '')];
}

async function manifestOf(job: JobView): Promise<Manifest> {
  const { backup } = job.result as { backup: string };
  return Backup.parse(await api.ask('GET', `/v1/backups/${backup}`)).manifest;
}

it('the worker shares no network with the database, and has a first backup of it, proven in a container like it', async () => {
  expect(await networksOf('db')).toEqual([`${stack.project}_nowhere`]);
  expect(await networksOf('worker')).not.toContain(`${stack.project}_nowhere`);
  const proven = async () => (await api.backups()).find(({ marks }) => marks.proof !== null);
  const backup = await waitFor(proven, { what: 'a proof', withinMs: 120_000 });
  expect(backup.marks.proof).toMatchObject({ result: 'proven', where: 'container' });
  await waitFor(async () => (await scratches()).length === 0, {
    what: 'the throw-away container to be gone',
  });
});

it('a throw-away container that a killed worker left is removed by the next attempt of its job', async () => {
  await borders.hold('prove:data');
  const job = await api.start('/v1/verifications', { backup: 'latest', database: 'sage' });
  await borders.reached('prove:data');
  const [left] = await scratches();
  await stack.docker('kill', `${stack.project}-worker-1`);
  await borders.release('prove:data');
  expect(await scratches()).toEqual([left]);
  await stack.docker('start', `${stack.project}-worker-1`);
  const view = await api.ended(job);
  expect(view).toMatchObject({ state: 'completed', result: { proof: { result: 'proven' } } });
  expect(view.log.join('\n')).toContain('Removed 1 throw-away containers that were left behind.');
  expect(await scratches()).toEqual([]);
});

it('cleanup removes a throw-away container whose proof has ended, and none that a proof may need', async () => {
  const { items } = pageOf(JobView).parse(await api.ask('GET', '/v1/jobs?queue=verify&state=completed'));
  const ended = items.find(({ name }) => name === 'prove')?.id ?? 'none has ended';
  const until = new Date(Date.now() + 3_600_000).toISOString();
  const model = await databaseId();
  const leave = async (job: string) => {
    const name = `sagekeep-scratch-${randomBytes(5).toString('hex')}`;
    const values = { scratch: until, job, model };
    const labels = Object.entries(values).flatMap(([key, value]) => ['--label', `sagekeep.${key}=${value}`]);
    await stack.docker('create', '--name', name, ...labels, 'pgvector/pgvector:pg17');
    return name;
  };
  const dead = await leave(ended);
  const living = await leave('of-another-queue');
  const { plan } = CleanupJobResult.parse((await done('cleanup')).result);
  expect(plan.filter(({ subject }) => subject === 'container')).toMatchObject([
    { action: 'delete', backup: dead, database: 'sage' },
  ]);
  expect(await scratches()).toHaveLength(1);
  await stack.docker('rm', '--force', '--volumes', living);
});

it('the throw-away container is like the production container, but for its network, mounts and user', async () => {
  await borders.hold('prove:data');
  const job = await api.start('/v1/verifications', { backup: 'latest', database: 'sage' });
  await borders.reached('prove:data');
  const [scratch = ''] = await scratches();
  const pair = await stack.docker('inspect', scratch, `${stack.project}-db-1`);
  const [made, production] = JSON.parse(pair) as Inspected[];
  const uids = (await stack.docker('top', scratch, '-eo', 'uid,pid')).split('\n').slice(1);
  const locale = await inScratch(scratch, localeOfServer);
  await borders.release('prove:data');
  expect(await api.ended(job)).toMatchObject({ result: { proof: { result: 'proven' } } });
  const like = { Memory: 4 * 2 ** 30, ShmSize: 2 ** 30, Privileged: false, CapDrop: ['ALL'] };
  expect(made?.Image).toBe(production?.Image);
  expect(production?.HostConfig).toMatchObject(like);
  expect(made?.HostConfig).toMatchObject({ ...like, NetworkMode: 'none' });
  expect(made?.Mounts.filter(({ Type }) => Type !== 'volume')).toEqual([]);
  expect(uids.length).toBeGreaterThan(1);
  expect(uids.filter((line) => /^\s*0\s/.test(line))).toEqual([]);
  expect(locale).toBe((await stack.sql(localeOfServer)).trim());
});

it('what the server has loaded by ALTER SYSTEM is loaded in the throw-away container, too', async () => {
  await stack.sql("ALTER SYSTEM SET shared_preload_libraries = 'auto_explain'");
  await restartDatabase();
  await borders.hold('prove:data');
  const job = await api.start('/v1/verifications', { backup: 'latest', database: 'sage' });
  await borders.reached('prove:data');
  const [scratch = ''] = await scratches();
  expect(await inScratch(scratch, 'SHOW shared_preload_libraries')).toBe('auto_explain');
  await borders.release('prove:data');
  expect(await api.ended(job)).toMatchObject({ result: { proof: { result: 'proven' } } });
});

it('a library that is in the server and not in its image keeps no backup from its proof', async () => {
  const db = `${stack.project}-db-1`;
  const copy =
    'cd "$(pg_config --pkglibdir 2>/dev/null || dirname "$(find / -name auto_explain.so -print -quit 2>/dev/null)")" && cp auto_explain.so brought_along.so';
  await stack.docker('exec', '-u', 'root', db, 'sh', '-c', copy);
  await stack.sql("ALTER SYSTEM SET shared_preload_libraries = 'brought_along'");
  await restartDatabase();
  const view = await api.ended(await api.start('/v1/verifications', { backup: 'latest', database: 'sage' }));
  expect(view).toMatchObject({ result: { proof: { result: 'proven' } } });
  expect(view.log.join('\n')).toContain('starts with the libraries brought_along: proving without them');
  await stack.sql('ALTER SYSTEM RESET shared_preload_libraries');
  await restartDatabase();
});

it('a backup from inside equals one over the network', async () => {
  await stack.sql(
    'INSERT INTO memories (session_id, user_input, assistant_response, embedding) ' +
      'SELECT session_id, user_input, assistant_response, embedding FROM memories, generate_series(1, 4)',
  );
  const inside = await manifestOf(await done('backup', 'sage'));
  const network = `${stack.project}_private`;
  await stack.docker('network', 'connect', '--alias', 'db', network, `${stack.project}-db-1`);
  const offline = [
    'exec',
    '--no-TTY',
    '-e',
    'SAGEKEEP_CONFIG=/app/config/compose.yaml',
    'worker',
    'sagekeep',
  ];
  await stack.compose(...offline, 'backup', 'sage', '--offline', '--json');
  await stack.docker('network', 'disconnect', network, `${stack.project}-db-1`);
  const [newest] = await api.backups();
  const { manifest } = Backup.parse(await api.ask('GET', `/v1/backups/${newest?.manifest.id}`));
  expect(manifest.id).not.toBe(inside.id);
  expect(manifest.inventory).toEqual(inside.inventory);
  const said = await stack.compose('exec', '--no-TTY', 'db', 'pg_dump', '--version');
  expect(said.trim()).toBe(`pg_dump (PostgreSQL) ${inside.clientVersion}`);
  const told = ({ timings }: Manifest) => JSON.stringify(timings);
  console.log(`phases in ms: inside ${told(inside)}, over the network ${told(manifest)}`);
});

it('damage is restored, undone and verified, all from inside', async () => {
  const sound = await stack.sql(contents);
  // By its id: the newest proven one may be an older one still.
  const { id } = await manifestOf(await done('backup', 'sage'));
  await stack.sql("UPDATE memories SET assistant_response = 'oops'");
  const damaged = await stack.sql(contents);
  await done('restore', id, '-f');
  expect(await stack.sql(contents)).toBe(sound);
  await done('undo', 'sage', '-f');
  expect(await stack.sql(contents)).toBe(damaged);
  const { result } = await done('verify', 'sage', '--quick');
  expect((result as VerifyJobResult).findings.filter(({ status }) => status === 'fail')).toEqual([]);
});

/** A sequence that pg_dump has to read, and may not while it is held: no dump ends before the test has met it. */
const sequence = 'met_by_the_dump';

/** Holds the sequence until it is let go; resolves when nobody else can read it. */
async function holdSequence(): Promise<void> {
  await stack.sql(`CREATE SEQUENCE IF NOT EXISTS ${sequence}`);
  const drop = `BEGIN; DROP SEQUENCE ${sequence}; SELECT pg_sleep(600)`;
  const psql = ['psql', '-U', 'sage', '-d', 'sage_memory', '-qc', drop];
  await stack.docker('exec', '--detach', `${stack.project}-db-1`, ...psql);
  await waitForSession("wait_event = 'PgSleep'", 'the sequence to be held');
}

/** It is as before then: what held it is rolled back. */
async function letGoOfSequence(): Promise<void> {
  await stack.sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE wait_event = 'PgSleep'");
}

async function waitForSession(condition: string, what: string): Promise<void> {
  const count = async () =>
    Number(await stack.sql(`SELECT count(*) FROM pg_stat_activity WHERE ${condition}`));
  await waitFor(async () => (await count()) > 0, { what, withinMs: 120_000 });
}

/** The path of a backup's job whose pg_dump cannot end by itself, as one that has hours to go. */
async function backupWithStoppedDump(): Promise<string> {
  await holdSequence();
  const job = await api.start('/v1/backups', { database: 'sage' });
  await waitForSession(
    "application_name ~ '^sagekeep-backup/' AND wait_event_type = 'Lock'",
    'pg_dump to wait for the sequence',
  );
  await signalDumps('STOP');
  await letGoOfSequence();
  return job;
}

/** The job completed with one backup to its name, which has every row; the sessions of its dead attempt are ended. */
async function expectEndedBy(view: JobView): Promise<Manifest> {
  expect(view).toMatchObject({ state: 'completed', error: null });
  const manifest = await manifestOf(view);
  const rows = Number(await stack.sql('SELECT count(*) FROM memories'));
  expect(manifest.inventory.tables).toContainEqual(
    expect.objectContaining({ name: 'public.memories', rows }),
  );
  const own = (await api.backups()).filter(({ manifest: { jobId } }) => jobId === view.id);
  expect(own).toHaveLength(1);
  // pg_dump is still stopped, and ends none; a server needs a moment to end one that was closed.
  const sessions = "SELECT count(*) FROM pg_stat_activity WHERE application_name ~ '^sagekeep-backup/'";
  await waitFor(async () => (await stack.sql(sessions)).trim() === '0', { what: 'the sessions to end' });
  await signalDumps('CONT');
  await waitFor(async () => (await leftInside()).length === 0, { what: 'the container to be as before' });
  return manifest;
}

it('the proxy killed while pg_dump runs inside: the attempt says so, the next one ends the job and what was left inside', async () => {
  const job = await backupWithStoppedDump();
  await stack.docker('kill', `${stack.project}-docker-proxy-1`);
  await stack.compose('start', 'docker-proxy');
  const view = await api.ended(job);
  await expectEndedBy(view);
  // Whichever of its streams the attempt misses first.
  expect(view.log.join('\n')).toMatch(
    /dump: Reading.*\n.*Failed: (\w+: Docker lost sight of pg_dump|LOCK_LOST|SERVER_GONE)/,
  );
});

it('a worker killed while pg_dump runs inside: its successor ends the job, and nothing is left inside', async () => {
  const job = await backupWithStoppedDump();
  await killWorker();
  const { id } = await expectEndedBy(await api.ended(job));
  await stack.sql(`DROP SEQUENCE ${sequence}`);
  const proven = async () =>
    (await api.backups()).some(({ manifest, marks }) => manifest.id === id && marks.proof !== null);
  await waitFor(proven, { what: 'its proof', withinMs: 180_000 });
});

it('a worker killed at the swap: its successor ends the restore, which can be undone', async () => {
  const { id } = await manifestOf(await done('backup', 'sage'));
  const sound = await stack.sql(contents);
  await stack.sql("UPDATE memories SET assistant_response = 'oops again'");
  const damaged = await stack.sql(contents);
  await borders.hold('restore:swap-before-commit');
  const job = await api.start('/v1/restores', { database: 'sage', backup: id, confirm: 'sage' });
  await borders.reached('restore:swap-before-commit');
  await stack.docker('kill', `${stack.project}-worker-1`);
  await borders.release('restore:swap-before-commit');
  await stack.docker('start', `${stack.project}-worker-1`);
  expect(await api.ended(job)).toMatchObject({ state: 'completed', error: null });
  expect(await stack.sql(contents)).toBe(sound);
  await done('undo', 'sage', '-f');
  expect(await stack.sql(contents)).toBe(damaged);
});

it('leaves no process and no password file inside', async () => {
  await waitFor(async () => (await leftInside()).length === 0, { what: 'nothing to be left inside' });
});

it('the proxy allows exec there and nowhere else, nothing privileged, and only the one shape of container', async () => {
  const db = `${stack.project}-db-1`;
  const image = (await stack.docker('inspect', '--format', '{{.Image}}', db)).trim();
  const create = '/containers/create?name=sagekeep-scratch-0123456789';
  const shape = (hostConfig = '') =>
    `{"name":"sagekeep-scratch-0123456789","Image":"${image}","User":"postgres","Env":[],"Cmd":["true"],"Labels":{},"HostConfig":{"NetworkMode":"none","CapDrop":["ALL"],"SecurityOpt":["no-new-privileges"],"ShmSize":1,"Memory":0,"PidsLimit":9${hostConfig}}}`;
  const padded = `{"Cmd":["true"],"Env":["X=${'x'.repeat(13_800)}"],"Privileged":true}`;
  const asked: readonly (readonly [string, string, number])[] = [
    [`/containers/${db}/exec`, '{"Cmd":["true"]}', 201],
    [`/v1.41/containers/${db}/exec`, '{"Cmd":["true"],"Privileged":false}', 201],
    [`/containers/${db}/exec`, '{"Cmd":["true"],"Privileged":true}', 403],
    [`/containers/${db}/exec`, '{"Cmd":["true"],"privileged" : true}', 403],
    [`/containers/${db}/exec`, '{"Cmd":["true"],"\\u0050rivileged":true}', 403],
    [`/containers/${db}/exec`, '{"Cmd":["true"],"User":"root"}', 403],
    [`/containers/${db}/exec`, '{"Cmd":["true"],"uSER" : "0"}', 403],
    [`/containers/${db}/exec`, '{"Cmd":["true"],"uſer":"root"}', 403],
    [`/containers/${db}/exec`, '{"Cmd":["echo","\\"User\\":"]}', 201],
    [`/containers/${stack.project}-redis-1/exec`, '{"Cmd":["true"]}', 403],
    [`/containers/${db}/restart`, '', 403],
    [create, '{"Image":"debian:trixie-slim"}', 403],
    [create, shape(',"Privileged":true'), 403],
    [create, shape(',"Binds":["/:/host"]'), 403],
    [create, shape(',"PidMode":"host"'), 403],
    [create, shape(',"CapAdd":["ALL"]'), 403],
    [create, shape().replace('"none"', '"host"'), 403],
    [create, shape().replace('"postgres"', '"root"'), 403],
    [create, shape().replace('"postgres"', '"0:0"'), 403],
    [create, shape().replace('{"name"', '{"HostConfig":{"Privileged":true},"name"'), 403],
    ['/containers/create?name=other', shape(), 403],
    ['/containers/sagekeep-scratch-0123456789/start', '{"Privileged":true}', 403],
    ['/containers/sagekeep-scratch-0123456789/start', '', 404],
  ];
  const post = async (requests: typeof asked, headers: Record<string, string> = {}) => {
    const program = `for (const [path, body] of ${JSON.stringify(requests)})
    console.log((await fetch('http://docker-proxy:2375' + path, { method: 'POST', body,
      headers: { 'content-type': 'application/json', ...${JSON.stringify(headers)} } })).status)`;
    const said = await stack.compose(
      ...['exec', '--no-TTY', 'worker', 'node', '--input-type=module', '-e', program],
    );
    const statuses = said.split('\n').map(Number);
    expect(requests.map(([path, body], index) => [path, body, statuses[index]])).toEqual(requests);
  };
  await post(asked);
  // Headers that leave the proxy too little room to read the end of the body, where it says "Privileged".
  await post([[`/containers/${db}/exec`, padded, 403]], { 'x-large': 'x'.repeat(7000) });
});

it('a worker that is told to stop takes the throw-away container of its proof along, and leaves no session', async () => {
  await borders.hold('prove:data');
  await api.start('/v1/verifications', { backup: 'latest', database: 'sage' });
  await borders.reached('prove:data');
  await stack.compose('stop', 'worker');
  await borders.release('prove:data');
  expect(await scratches()).toEqual([]);
  await untilNoSessions(stack);
});
