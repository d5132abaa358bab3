import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { type JobView, Report, RestoreRecord } from '@sagekeep/contracts';
import fc from 'fast-check';
import pg from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Clients, startClients } from '../../integration/restore/clients.ts';
import '../../support/propertySeed.ts';
import { childOf } from '../../support/children.ts';
import { withParts } from '../../support/servers.ts';
import { ask, begin, ended, proofsEnded, wholeBackups } from './client.ts';
import { startWholeStack, type WholeStack } from './stack.ts';

const [inBackup, since] = [400, 3];

/** Whoever reads anything but the old database or the new one sees an incomplete one. */
const question = {
  count: 2,
  statement:
    'select (select count(*)::int from memories) as memories, (select count(*)::int from sessions) as sessions',
  check: ([row]: Record<string, unknown>[]) =>
    [inBackup, inBackup + since].includes(Number(row?.['memories'])) && row?.['sessions'] === 12,
};

let stack: WholeStack;
let live: string;
let backup: string;
let clients: Clients;
beforeAll(async () => {
  stack = await startWholeStack();
  const view = await ended(stack, await begin(stack, '/v1/backups', { database: 'sage' }));
  backup = (view.result as { backup: string }).backup;
  await proofsEnded(stack);
  live = withParts(stack.postgres.url, { dbname: 'sage_memory' });
  clients = await startClients(live, question);
});
afterAll(async () => {
  await clients?.stop();
  await stack?.[Symbol.asyncDispose]();
});

/** The live database is newer than the backup again. */
beforeEach(async () => {
  await stack.sql(`delete from memories where user_input = 'since';
    insert into memories (session_id, user_input, assistant_response)
    select (select min(id) from sessions), 'since', 'the backup' from generate_series(1, ${since})`);
});

const kills: Record<string, (stack: WholeStack) => Promise<void>> = {
  worker: async () => {
    await stack.worker().kill('SIGKILL');
    await stack.restartWorker();
  },
  Redis: async () => {
    await stack.redis.signal('SIGKILL');
    await stack.redis.restart();
  },
  PostgreSQL: async () => {
    await stack.postgres.signal('SIGKILL');
    await stack.postgres.restart();
  },
};

const inTheSafetyBackup = ['backup:snapshot', 'backup:dump', 'backup:publish'];
const inTheSwap = ['restore:before-swap', 'restore:swap-renamed', 'restore:swap-before-commit'];
const borders = {
  restore: [
    'restore:locked',
    ...inTheSafetyBackup,
    'restore:data',
    'restore:post-data',
    'restore:proven',
    ...inTheSwap,
    'restore:swapped',
  ],
  undo: [...inTheSwap, 'undo:swap'],
};

/** CI kills at some of them, the soak at all. */
const everything = process.env['SAGEKEEP_KILLS'] === 'all';

function sampleOf<T>(all: readonly T[]): readonly T[] {
  if (everything) return all;
  const { seed } = fc.readConfigureGlobal();
  return fc
    .sample(fc.shuffledSubarray([...all], { minLength: 3, maxLength: 3 }), { numRuns: 1, seed })
    .flat();
}

const cases = (of: keyof typeof borders) =>
  sampleOf(borders[of].flatMap((border) => Object.keys(kills).map((victim) => [victim, border] as const)));

async function endsWell(job: string): Promise<JobView> {
  const view = await ended(stack, job);
  expect(view).toMatchObject({ state: 'completed', error: null });
  return view;
}

async function killedAt(job: string, victim: string, border: string): Promise<JobView> {
  await stack.borders.reached(border);
  await kills[victim]?.(stack);
  const back = performance.now();
  await clients.allAnswered();
  expect(performance.now() - back).toBeLessThan(10_000);
  stack.borders.release(border);
  return await endsWell(job);
}

async function memories(): Promise<number> {
  return (await stack.rows<{ count: number }>('select count(*)::int as count from memories'))[0]?.count ?? -1;
}

async function recordOf(id: string): Promise<RestoreRecord> {
  return RestoreRecord.parse(JSON.parse((await ask(stack, `/v1/restores/${id}`)).text));
}

/** Names of the databases that a restore made and that no record keeps, and of drafts that nobody writes. */
async function orphansAfterCleanup(): Promise<string[]> {
  await ended(stack, await begin(stack, '/v1/cleanups', { database: 'sage' }));
  const rows = await stack.rows<{ datname: string }>(
    `select datname from pg_database where datname ~ '_(aside|scratch|mismatch)_'`,
  );
  const drafts = readdirSync(join(stack.folder, 'backups/.attempts/sage'));
  return [...rows.map(({ datname }) => datname), ...drafts];
}

const restoring = (more: object = {}) =>
  begin(stack, '/v1/restores', { database: 'sage', backup, confirm: 'sage', ...more });

/** The restore's record and report tell what is there, and nothing is left of an attempt that died. */
async function toldTruly({ result }: JobView): Promise<void> {
  const record = await recordOf((result as { restore: string }).restore);
  expect(record).toMatchObject({ state: 'swapped', proof: { result: 'proven' }, error: null });
  expect(Report.parse(JSON.parse((await ask(stack, `/v1/reports/${record.jobId}`)).text)).result).toBe(
    'done',
  );
  expect(await memories()).toBe(inBackup);
  await proofsEnded(stack);
  expect(await orphansAfterCleanup()).toEqual([]);
  const listed = (await wholeBackups(stack)).map(({ manifest }) => manifest.id);
  expect(listed).toContain(record.safetyBackup);
}

/** Keeps pg_dump in its midst until it is let go: it waits for a sequence, and nobody waits for what we hold. */
async function holdSequence(name: string): Promise<{ letGo(): Promise<unknown> } & AsyncDisposable> {
  const client = new pg.Client({ connectionString: live });
  await client.connect();
  await client.query(`begin; drop sequence ${name}`);
  return { letGo: () => client.query('rollback'), [Symbol.asyncDispose]: () => client.end() };
}

describe('kill -9 while a restore runs', () => {
  it.each(cases('restore'))(
    'of the %s at %s: it ends, and its record tells what is there',
    async (victim, border) => {
      stack.borders.hold(border);
      await toldTruly(await killedAt(await restoring(), victim, border));
    },
  );

  it('of the worker while pg_dump runs for the safety backup: live is untouched, and its successor ends it', async () => {
    await proofsEnded(stack);
    await stack.sql('create sequence waited_for');
    stack.borders.hold('backup:snapshot');
    const job = await restoring();
    await stack.borders.reached('backup:snapshot');
    const [draft] = readdirSync(join(stack.folder, 'backups/.attempts/sage'));
    expect(draft).toMatch(/^sage_backup_/);
    {
      await using sequence = await holdSequence('waited_for');
      stack.borders.release('backup:snapshot');
      await childOf(stack.worker().pid, 'pg_dump');
      await stack.worker().kill('SIGKILL');
      await sequence.letGo();
    }
    await stack.sql('begin; lock table memories in access exclusive mode; rollback');
    await clients.allAnswered();
    expect(await memories()).toBe(inBackup + since);
    const listed = (await wholeBackups(stack)).map(({ manifest }) => manifest.id);
    expect(listed.filter((id) => id === draft)).toEqual([]);
    await stack.restartWorker();
    await toldTruly(await endsWell(job));
  });
});

describe('kill -9 while an undo runs', () => {
  it.each(cases('undo'))('of the %s at %s: what was there before is there again', async (victim, border) => {
    const { restore } = (await ended(stack, await restoring())).result as { restore: string };
    expect(await memories()).toBe(inBackup);
    stack.borders.hold(border);
    await killedAt(await begin(stack, `/v1/restores/${restore}/undo`, { confirm: 'sage' }), victim, border);
    expect(await recordOf(restore)).toMatchObject({ state: 'undone' });
    expect(await memories()).toBe(inBackup + since);
    await proofsEnded(stack);
    expect(await orphansAfterCleanup()).toEqual([]);
  });
});

// A minute of patience with the backup: CI sees it with a shorter one, in test/integration/lock/lock.test.ts.
const soaked = everything ? it : () => undefined;
soaked(
  'a swap ends a backup that reads the live database, and its next attempt reads the new one',
  async () => {
    stack.borders.hold('backup:snapshot');
    const reading = await begin(stack, '/v1/backups', { database: 'sage', label: 'ended by a swap' });
    await stack.borders.reached('backup:snapshot');
    // A safety backup would stand at the same border.
    const { state } = await ended(stack, await restoring({ withoutSafety: 'sage' }));
    stack.borders.release('backup:snapshot');
    const view = await ended(stack, reading);
    expect([state, view.state]).toEqual(['completed', 'completed']);
    expect(view.attempts.made).toBe(2);
    const made = (await wholeBackups(stack)).find(({ manifest }) => manifest.jobId === view.id);
    const table = made?.manifest.inventory.tables.find(({ name }) => name === 'public.memories');
    expect(table?.rows).toBe(inBackup);
  },
);

it('no client ever saw half a database', async () => {
  expect((await clients.stop()).wrong).toBe(0);
});
