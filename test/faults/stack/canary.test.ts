import { afterAll, beforeAll, expect, it } from 'vitest';
import { stoppedChildOf } from '../../support/children.ts';
import { begin, ended } from './client.ts';
import { askEverything } from './everything.ts';
import { everyKey, filesBelow, findSecrets, type Texts, whatChildrenShow } from './search.ts';
import { startWholeStack, type WholeStack } from './stack.ts';

let stack: WholeStack;
/** What every place holds that may be looked into, by the name of the place. */
const texts: Texts = new Map();

beforeAll(async () => {
  stack = await startWholeStack();
  await stack.sql('create table big as select i as id, md5(i::text) as t from generate_series(1, 300000) i');
});
afterAll(() => stack?.[Symbol.asyncDispose]());

const sage = { database: 'sage' };
const restore = { ...sage, confirm: 'sage', backup: 'latest' };

async function run(path: string, body: object, state = 'completed'): Promise<unknown> {
  const view = await ended(stack, await begin(stack, path, body));
  expect(view, `${path}: ${JSON.stringify(view.error)}`).toMatchObject({ state });
  return view.result;
}

/** Stops a tool of the worker in the middle of its work, and looks at all that runs. */
async function lookWhile(tool: string): Promise<void> {
  const pid = await stoppedChildOf(stack.worker().pid, tool);
  const shown = whatChildrenShow(stack.worker().pid);
  process.kill(pid, 'SIGCONT');
  expect(shown).toContain(tool);
  texts.set(`argv and environment while ${tool} runs`, shown);
}

it('a secret is found nowhere after backups, failures, a restore, an undo and all else', async () => {
  stack.borders.hold('backup:snapshot');
  const first = await begin(stack, '/v1/backups', sage);
  await stack.borders.reached('backup:snapshot');
  stack.borders.release('backup:snapshot');
  await lookWhile('pg_dump');
  await lookWhile('pg_restore');
  const { backup, proof } = (await ended(stack, first)).result as { backup: string; proof: string };
  expect(await ended(stack, `/v1/jobs/verify/${proof}`)).toMatchObject({ state: 'completed' });

  await run('/v1/plans', { ...sage, backup });
  const restoring = begin(stack, '/v1/restores', restore);
  await lookWhile('pg_restore');
  const restored = (await ended(stack, await restoring)).result as { restore: string } | null;
  expect(restored).not.toBeNull();
  await run(`/v1/restores/${restored?.restore}/undo`, { confirm: 'sage' });
  await run('/v1/verifications', { ...sage, mode: 'full' });
  await run('/v1/cleanups', sage);

  // Each of these failures has its own way of telling what it was connected to.
  const dying = await begin(stack, '/v1/backups', { ...sage, label: 'killed tool' });
  process.kill(await stoppedChildOf(stack.worker().pid, 'pg_dump'), 'SIGKILL');
  await ended(stack, dying);
  await stack.sql("alter role sage password 'another'");
  await run('/v1/backups', { ...sage, label: 'wrong password' }, 'failed');
  expect(await run('/v1/verifications', { ...sage, mode: 'quick' })).toMatchObject({ status: 'fail' });
  await run('/v1/restores', restore, 'failed');
  await stack.postgres.signal('SIGKILL');
  await run('/v1/backups', { ...sage, label: 'no server' }, 'failed');

  for (const [place, text] of await askEverything(stack)) texts.set(place, text);
  texts.set('what API and worker print', stack.lines().join('\n'));
  for (const [path, text] of filesBelow(stack.folder)) texts.set(path, text);
  // The append-only file holds every command since the start, also of keys that are gone.
  for (const [path, text] of filesBelow(stack.redis.folder)) texts.set(`Redis: ${path}`, text);
  texts.set('every key in Redis', await everyKey(stack.redis.url));
  expect(findSecrets(texts)).toEqual([]);
});

it('a stored password is found in globals.sql of backups and nowhere else', () => {
  const places = [...texts].filter(([, text]) => text.includes('SCRAM-SHA-256$')).map(([place]) => place);
  expect(places).not.toEqual([]);
  for (const place of places) expect(place).toMatch(/\/backups\/sage\/\w+\/globals\.sql$/);
});

it('looked where there is something to find', () => {
  const places = [...texts.keys()].join('\n');
  const looked = [
    /logs\/worker.*\.log/,
    /logs\/api.*\.log/,
    /manifest\.json/,
    /records\//,
    /appendonly/,
    /GET \/v1\/backups\/sage_\S+ \(200\)/,
    /GET \/v1\/jobs\/restore\/\S+ \(200\)/,
    /GET \/v1\/status \(200\)/,
    /the page \/ \(200\)/,
    /the page \/board\/api\/queues\/backup\/\S+\/logs \(200\)/,
  ];
  for (const place of looked) expect(places).toMatch(place);
  expect(texts.get('every key in Redis')).toMatch(/wrong password/);
  expect([...texts.values()].join('\n')).toMatch(/password authentication failed/);
  expect(findSecrets(new Map([['a place', 'x canary%2FData%2Bbase%20%C3%A9%229%25 y']]))).toEqual([
    'a place',
  ]);
});
