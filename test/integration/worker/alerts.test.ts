import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createJobs, type Jobs, loadConfiguration } from '@sagekeep/runtime';
import { expect, it } from 'vitest';
import { freePort } from '../../../apps/local/src/servers/ports.ts';
import { inState, quiet } from '../../faults/queue/harness.ts';
import { waitFor } from '../../support/events.ts';
import { temporaryFolder } from '../../support/folders.ts';
import { spawnNode } from '../../support/processes.ts';
import { createDatabase, postgresUrl, redisUrl, uniquePrefix, withDatabase } from '../../support/servers.ts';
import { type HttpReceiver, httpReceiver } from '../watch/receivers.ts';

const program = join(import.meta.dirname, '../../../apps/worker/src/main.ts');
const payload = { database: 'sage', reason: 'manual', by: 'test' } as const;

/** A worker whose database may not exist yet, with a webhook and a check at the receiver, and maybe a webhook elsewhere. */
function setUp(folder: string, dbname: string, { receiver, gone }: { receiver: string; gone?: string }) {
  const file = join(folder, 'sagekeep.yaml');
  const alerts = {
    channels: {
      hook: { kind: 'webhook', url: `${receiver}/hook` },
      alive: { kind: 'healthchecks', url: `${receiver}/ping` },
      ...(gone === undefined ? {} : { gone: { kind: 'webhook', url: gone } }),
    },
  };
  const sage = { url: withDatabase(postgresUrl(), dbname), proof: { when: 'never' } };
  writeFileSync(file, JSON.stringify({ databases: { sage }, alerts }));
  return {
    SAGEKEEP_CONFIG: file,
    REDIS_URL: redisUrl(),
    SAGEKEEP_PREFIX: uniquePrefix(),
    SAGEKEEP_STORAGE: join(folder, 'backups'),
    SAGEKEEP_LOGS: '',
    SAGEKEEP_BACKOFF_FACTOR: '0.01',
  };
}

/** Refuses every other post, but for the start of a run: once its end was taken that is not told any more. */
function halfOfTheTime(receiver: HttpReceiver): HttpReceiver {
  let posts = 0;
  receiver.answer = (path) => {
    if (path.includes('/start?')) return 200;
    posts += 1;
    return posts % 2 === 1 ? 503 : 200;
  };
  return receiver;
}

/** What a webhook was told about failed backups, in order. */
function eventsIn(...receivers: readonly HttpReceiver[]): string[] {
  return receivers
    .flatMap(({ heard }) => heard)
    .filter(({ path }) => path === '/hook')
    .map(({ body }) => JSON.parse(body) as { key: string; event: string; detail: string })
    .filter(({ key }) => key === 'backup-failed:sage')
    .map(({ event }) => event);
}

function ping({ heard }: HttpReceiver, ending: string): Promise<string> {
  return waitFor(() => heard.find(({ path }) => path.startsWith(`/ping${ending}?rid=`))?.body, {
    what: `a ping of ${ending || 'success'}`,
  });
}

async function deliveries(jobs: Jobs): Promise<number> {
  const { waiting = 0, active = 0, delayed = 0, prioritized = 0 } = (await jobs.counts()).alert;
  return waiting + active + delayed + prioritized;
}

it('a failed backup and its recovery are heard once each, through a receiver that refuses and restarts', async () => {
  using folder = temporaryFolder();
  // Another one comes where it was.
  const first = halfOfTheTime(await httpReceiver({ port: await freePort() }));
  const dbname = `late_${uniquePrefix()}`;
  const environment = setUp(folder.path, dbname, { receiver: first.url });
  const jobs = createJobs(loadConfiguration({ environment, cwd: folder.path }), quiet);
  await using worker = spawnNode(program, { env: environment, cwd: folder.path });
  await worker.line(/the worker is ready/);
  await waitFor(() => jobs.ready());

  const failing = await jobs.add('backup', payload);
  const failed = await inState(jobs, failing, 'completed', 'failed');
  expect(failed.error?.code).toBe('DATABASE_MISSING');
  await waitFor(() => eventsIn(first).includes('opened'), { what: 'the webhook to hear of it' });
  await ping(first, '/start');
  const story = await ping(first, '/fail');
  expect(failed.log.length).toBeGreaterThan(0);
  for (const line of failed.log) expect(story).toContain(line);
  await waitFor(async () => (await deliveries(jobs)) === 0, { what: 'all to be delivered' });
  await first[Symbol.asyncDispose]();

  await using _database = await createDatabase({ name: dbname });
  await jobs.retry('backup', failing.id);
  const made = await inState(jobs, failing, 'completed', 'failed');
  expect(made.error).toBeNull();
  await waitFor(async () => ((await jobs.counts()).alert['delayed'] ?? 0) > 0, {
    what: 'a delivery to be refused',
  });
  await using second = halfOfTheTime(await httpReceiver({ port: Number(new URL(first.url).port) }));
  await waitFor(() => eventsIn(second).includes('resolved'), { what: 'the webhook to hear of the end' });
  const success = await ping(second, '');
  for (const line of made.log) expect(success).toContain(line);

  const looked = await inState(jobs, await jobs.add('monitor', { by: 'test' }), 'completed', 'failed');
  expect(looked.error).toBeNull();
  await waitFor(async () => (await deliveries(jobs)) === 0, { what: 'all to be delivered' });
  expect(eventsIn(first, second)).toEqual(['opened', 'resolved']);
  await jobs.close();
});

it('a worker starts although a channel cannot be reached, and tells of it in its log and by the others', async () => {
  using folder = temporaryFolder();
  await using receiver = await httpReceiver();
  const gone = await httpReceiver();
  await gone[Symbol.asyncDispose]();
  const environment = setUp(folder.path, 'sage', { receiver: receiver.url, gone: `${gone.url}/T0KEN` });
  await using worker = spawnNode(program, { env: environment, cwd: folder.path });
  await worker.line(/the worker is ready/);
  const line = await worker.line(/alerts would not arrive/);
  expect(line).toContain('The channel gone cannot be reached: ECONNREFUSED');
  const told = await waitFor(() => receiver.heard.find(({ path }) => path === '/hook')?.body, {
    what: 'the other channel to hear of it',
  });
  expect(JSON.parse(told)).toMatchObject({ event: 'opened', key: 'channel-unreachable:gone' });
  expect(worker.lines.join()).not.toContain('T0KEN');
});
