import { existsSync, lstatSync, mkdirSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { checkoutAt } from '../../../apps/local/src/checkout.ts';
import { findInstalled } from '../../../apps/local/src/provide/installed.ts';
import { requirePostgres, requireRedis } from '../../../apps/local/src/provide/provide.ts';
import { type PrivateServer, startPostgres } from '../../../apps/local/src/servers/postgres.ts';
import { startRedis } from '../../../apps/local/src/servers/redis.ts';
import { postgresPart } from '../../../apps/local/src/stack/servers.ts';
import { temporaryFolder } from '../../support/folders.ts';
import { administer } from '../../support/servers.ts';

const installed = findInstalled({ path: process.env['PATH'] ?? '' });
const isRoot = process.getuid?.() === 0;

function startIn(folder: string, port?: number): Promise<PrivateServer> {
  return startPostgres({
    folder,
    installation: requirePostgres(installed),
    password: 'p "w\\ü%',
    log: join(dirname(folder), 'log'),
    ...(port === undefined ? {} : { port }),
  });
}

test('runs where only its owner may enter, in a path with spaces, and finds its data again', async () => {
  using temporary = temporaryFolder();
  const folder = join(temporary.path, 'a "check" out', 'postgresql');
  const first = await startIn(folder);
  const real = realpathSync(folder);
  await administer((client) => client.query('CREATE TABLE kept ()'), first.url);
  await first.stop();
  expect(lstatSync(folder).isSymbolicLink()).toBe(isRoot);
  const second = await startIn(folder);
  await administer((client) => client.query('TABLE kept'), second.url);
  await second.stop();
  expect(realpathSync(folder)).toBe(real);
  rmSync(real, { recursive: true });
});

test('a pid file whose number is somebody else’s by now is in nobody’s way', async () => {
  using temporary = temporaryFolder();
  const folder = join(temporary.path, 'postgresql');
  await (await startIn(folder)).stop();
  const real = realpathSync(folder);
  const file = join(real, 'data/postmaster.pid');
  writeFileSync(file, `${process.pid}\n${join(real, 'data')}\n0\n5432\n\n127.0.0.1\n`);
  const server = await startIn(folder);
  expect(Number(readFileSync(file, 'utf8').split('\n')[0])).toBe(server.pid);
  await server.stop();
  expect(existsSync(file)).toBe(false);
  rmSync(real, { recursive: true });
});

test('a server that an earlier start left is ended before the next one touches its data', async () => {
  using temporary = temporaryFolder();
  const folder = join(temporary.path, 'postgresql');
  const left = await startIn(folder);
  const next = await startIn(folder);
  expect(left.running()).toBe(false);
  expect(next.running()).toBe(true);
  await next.stop();
  rmSync(realpathSync(folder), { recursive: true });
});

test('a port that is taken is said so when it was asked for, and no password is in the words', async () => {
  using temporary = temporaryFolder();
  const options = {
    program: requireRedis(installed),
    password: 'very-secret',
    log: join(temporary.path, 'log'),
  };
  const first = await startRedis({ ...options, folder: join(temporary.path, 'one') });
  const second = startRedis({ ...options, folder: join(temporary.path, 'two'), port: first.port });
  const error: unknown = await second.catch((cause: unknown) => cause);
  expect(String(error)).toMatch(/port/i);
  expect(JSON.stringify([String(error), readFileSync(options.log, 'utf8')])).not.toContain('very-secret');
  expect(readFileSync(`/proc/${first.pid}/cmdline`, 'utf8')).not.toContain('very-secret');
  await first.stop();
});

test('data of a PostgreSQL that is not here is left alone, with advice', async () => {
  using temporary = temporaryFolder();
  const data = join(temporary.path, 'data/local/postgresql/data');
  mkdirSync(data, { recursive: true });
  writeFileSync(join(data, 'PG_VERSION'), '9\n');
  const secrets = { postgres: 'a', sage: 'b', redis: 'c' };
  const part = postgresPart({ checkout: checkoutAt(temporary.path), installed, secrets });
  await expect(part.start()).rejects.toMatchObject({
    code: 'VERSION_MISMATCH',
    advice: expect.stringMatching(/Install PostgreSQL 9/),
  });
});
