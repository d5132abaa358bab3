import { existsSync, readFileSync, statSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { Stack } from '@sagekeep/contracts';
import { expect, test } from 'vitest';
import { type CheckoutCopy, copyOfCheckout, startIn } from '../support/checkouts.ts';
import { isAlive } from '../support/children.ts';
import { waitFor } from '../support/events.ts';
import { administer, createDatabase, redisUrl, uniquePrefix } from '../support/servers.ts';

const ready = /Ctrl-C stops everything/;
/** On a slow machine that does other things besides. */
const startLimitMs = 200_000;

function readStack(checkout: CheckoutCopy): Stack {
  return Stack.parse(JSON.parse(readFileSync(checkout.stackFile, 'utf8')));
}

async function ask(stack: Stack, path: string, body?: object): Promise<{ status: number; value: unknown }> {
  const answer = await fetch(new URL(path, stack.api), {
    method: body === undefined ? 'GET' : 'POST',
    headers: { authorization: `Bearer ${stack.tokens.operator}`, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return { status: answer.status, value: await answer.json() };
}

async function backups(stack: Stack): Promise<string[]> {
  const { value } = await ask(stack, '/v1/backups?database=sage');
  return (value as { items: { manifest: { id: string } }[] }).items.map(({ manifest }) => manifest.id);
}

/** Takes a port as another program would; already taken is as good. */
async function occupy(port: number): Promise<Server> {
  const server = createServer();
  await new Promise<void>((resolve) => {
    server.once('error', () => resolve());
    server.listen(port, '127.0.0.1', resolve);
  });
  return server;
}

test('npm start: a first backup, in a path with spaces, beside servers on the usual ports; Ctrl-C ends it all', async () => {
  const others = await Promise.all([occupy(5432), occupy(6379), occupy(8420)]);
  await using checkout = copyOfCheckout();
  await using running = startIn(checkout);
  await running.line(/^Backed up in .*: sage_backup_\d{8}_\d{6}/, startLimitMs);
  await running.line(ready, startLimitMs);
  const stack = readStack(checkout);
  expect(statSync(checkout.stackFile).mode & 0o777).toBe(0o600);
  expect(Object.keys(stack.pids).sort()).toEqual(['api', 'postgresql', 'redis', 'worker']);
  expect(stack.api).not.toContain(':8420');
  expect(stack.databases['sage']).toMatch(/^postgresql:\/\/sage:.*\/sage_memory$/);
  const [id = ''] = await backups(stack);
  expect(existsSync(join(checkout.path, 'backups/sage', id, 'manifest.json'))).toBe(true);
  expect((await ask(stack, '/v1/backups', { database: 'sage' })).status).toBe(202);
  // npm itself dies of the signal; what it ran must have ended in order before the terminal is closed.
  await running.kill('SIGINT');
  expect(running.lines.at(-1)).toMatch(/^Stopped/);
  expect(Object.values(stack.pids).filter(isAlive)).toEqual([]);
  expect(existsSync(checkout.stackFile)).toBe(false);
  for (const server of others) server.close();
});

/** `nobody` where we are root, as whom PostgreSQL does not run; else we are a plain user ourselves. */
const plainUser = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : null;

test('a plain user starts it as well: every process and every file is his', async () => {
  await using checkout = copyOfCheckout(plainUser);
  await using running = startIn(checkout);
  await running.line(/^Backed up in .*: sage_backup_\d{8}_\d{6}/, startLimitMs);
  await running.line(ready, startLimitMs);
  const uid = plainUser?.uid ?? process.getuid?.();
  const { pids } = readStack(checkout);
  for (const pid of Object.values(pids)) expect(statSync(`/proc/${pid}`).uid).toBe(uid);
  for (const made of ['backups/sage', 'data/local/postgresql', 'data/logs/sage', 'data/run/stack.json'])
    expect(statSync(join(checkout.path, made)).uid, made).toBe(uid);
  await running.kill('SIGINT');
  expect(Object.values(pids).filter(isAlive)).toEqual([]);
});

test('a second start beside it is refused, a later one finds the data, also after a kill -9', async () => {
  await using checkout = copyOfCheckout();
  await using first = startIn(checkout);
  await first.line(ready, startLimitMs);
  const before = readStack(checkout);
  const [id] = await backups(before);
  await using refused = startIn(checkout);
  expect((await refused.finished).code).toBe(1);
  expect(refused.lines.join('\n')).toMatch(/running already/);
  await administer(
    (client) => client.query("INSERT INTO sessions (id) VALUES ('kept')"),
    before.databases['sage'],
  );
  process.kill(await first.leader(), 'SIGKILL');
  await waitFor(() => !Object.values(before.pids).some(isAlive), { what: 'the end of every child' });
  await using second = startIn(checkout);
  await second.line(ready, startLimitMs);
  expect(second.lines.join('\n')).not.toMatch(/making the sample database/);
  const after = readStack(checkout);
  expect(await backups(after)).toContain(id);
  expect(after.tokens).not.toEqual(before.tokens);
  await administer(async (client) => {
    expect((await client.query("SELECT FROM sessions WHERE id = 'kept'")).rowCount).toBe(1);
  }, after.databases['sage']);
  process.kill(await second.leader(), 'SIGTERM');
  expect(await second.finished).toEqual({ code: 0, signal: null });
});

test('with DATABASE_URL and REDIS_URL it uses those and starts none', async () => {
  await using database = await createDatabase({ template: 'sample' });
  await using checkout = copyOfCheckout();
  const environment = { DATABASE_URL: database.url, REDIS_URL: redisUrl(), SAGEKEEP_PREFIX: uniquePrefix() };
  await using running = startIn(checkout, environment);
  await running.line(ready, startLimitMs);
  const stack = readStack(checkout);
  expect(Object.keys(stack.pids).sort()).toEqual(['api', 'worker']);
  expect(stack.redis).toBe(redisUrl());
  expect(Object.values(stack.databases)).toEqual([database.url]);
  expect(existsSync(join(checkout.path, 'data/local/postgresql'))).toBe(false);
  await running.kill('SIGINT');
});

test('a port that was asked for and is taken is said so at once', async () => {
  const other = await occupy(0);
  const address = other.address();
  const port = String(typeof address === 'object' ? address?.port : '');
  await using database = await createDatabase({ template: 'sample' });
  await using checkout = copyOfCheckout();
  const given = { DATABASE_URL: database.url, REDIS_URL: redisUrl(), SAGEKEEP_PREFIX: uniquePrefix() };
  await using refused = startIn(checkout, { ...given, SAGEKEEP_PORT: port });
  expect((await refused.finished).code).toBe(1);
  expect(refused.lines.join('\n')).toContain(`SAGEKEEP_PORT asks for ${port}, which is taken`);
  other.close();
});

test('two checkouts run beside each other, and what is killed is started again', async () => {
  await using one = copyOfCheckout();
  await using two = copyOfCheckout();
  await using first = startIn(one);
  await using second = startIn(two);
  await Promise.all([first.line(ready, startLimitMs), second.line(ready, startLimitMs)]);
  const [stack, other] = [readStack(one), readStack(two)];
  expect(stack.api).not.toBe(other.api);
  for (const part of ['worker', 'api', 'redis', 'postgresql']) {
    const pid = readStack(one).pids[part] ?? 0;
    process.kill(pid, 'SIGKILL');
    const isNew = () => readStack(one).pids[part] !== pid;
    await waitFor(isNew, { what: `a new ${part}`, withinMs: startLimitMs });
  }
  // A new API does not listen at once, and until it has met the new Redis it says 503: what it answers so never runs.
  const taken = () =>
    ask(readStack(one), '/v1/backups', { database: 'sage' }).then(
      ({ status }) => status === 202,
      () => false,
    );
  await waitFor(taken, { what: 'the API to take a backup' });
  // One that meets a server which just starts is tried again after 15 s only, and then after 30 s.
  const both = async () => (await backups(readStack(one))).length === 2;
  await waitFor(both, { what: 'the second backup', withinMs: startLimitMs });
  expect((await backups(other)).length).toBe(1);
  await Promise.all([first.kill('SIGINT'), second.kill('SIGINT')]);
});

test('npm run demo tells the story and ends by itself', async () => {
  await using checkout = copyOfCheckout();
  await using story = startIn(checkout, {}, 'demo');
  const finished = await story.finished;
  expect(story.lines.join('\n')).toMatch(/Summary/);
  expect(finished).toEqual({ code: 0, signal: null });
});
