import { isSagekeepError } from '@sagekeep/contracts';
import { afterEach, describe, expect, it } from 'vitest';
import {
  claims,
  endPastLives,
  fence,
  type LockMode,
  type LockSession,
  madeName,
  newShortId,
  openLockSession,
  operations,
  outcome,
  takeLock,
  takePatiently,
  takeTarget,
  tryLock,
  withContentLock,
} from '../../../packages/engine/src/lock/index.ts';
import { connect, parseDatabaseUrl } from '../../../packages/engine/src/server/index.ts';
import { waitFor } from '../../support/events.ts';
import { createDatabase, postgresUrl, withDatabase } from '../../support/servers.ts';
import { sql } from '../restore/harness.ts';

const opened: AsyncDisposable[] = [];
afterEach(async () => {
  for (const entry of opened.splice(0).reverse()) await entry[Symbol.asyncDispose]();
});

const dbname = 'some database';
const connection = parseDatabaseUrl(withDatabase(postgresUrl(), dbname));
const never = new AbortController().signal;

async function session(
  options: { kind?: 'restore' | 'backup'; jobId?: string; attempt?: number; signal?: AbortSignal } = {},
): Promise<LockSession & { shortId: string; jobId: string; attempt: number }> {
  const { jobId = `job-${opened.length}`, attempt = 1 } = options;
  const shortId = newShortId(jobId, attempt);
  const lock = await openLockSession(connection, {
    kind: options.kind ?? 'restore',
    shortId,
    signal: options.signal ?? never,
  });
  opened.push(lock);
  return { ...lock, shortId, jobId, attempt };
}

const ownerOf = (lock: { shortId: string; jobId: string; attempt: number }) => ({ dbname, ...lock });

describe('the right to change a target', () => {
  it('has one owner; another job is told who holds it, at once, and may come back', async () => {
    const first = await session();
    const second = await session();
    await takeTarget(first, ownerOf(first));
    await expect(takeTarget(second, ownerOf(second))).rejects.toMatchObject({
      code: 'LOCK_BUSY',
      retryable: true,
      message: expect.stringContaining(`sagekeep-restore/${first.shortId} (pid ${first.session.pid})`),
    });
    await first.close();
    await takeTarget(second, ownerOf(second));
  });

  it('is taken from an older attempt of the same job, which hears of it', async () => {
    const frozen = await session({ jobId: 'one' });
    await takeTarget(frozen, ownerOf(frozen));
    const next = await session({ jobId: 'one', attempt: 2 });
    await takeTarget(next, ownerOf(next));
    await waitFor(() => frozen.signal.aborted, { what: 'the older attempt to hear of it' });
    expect(frozen.signal.reason).toMatchObject({ code: 'LOCK_LOST', retryable: true });
    await expect(takeTarget(await session({ jobId: 'one' }), ownerOf(frozen))).rejects.toMatchObject({
      code: 'LOCK_BUSY',
    });
  });

  it('is not held by a session whose server process was ended', async () => {
    const lost = await session();
    await takeTarget(lost, ownerOf(lost));
    await sql(postgresUrl(), `select pg_terminate_backend(${lost.session.pid})`);
    await waitFor(() => lost.signal.aborted, { what: 'the loss to be heard of' });
    // A server's farewell comes before it lets the locks go.
    const there = `select from pg_stat_activity where pid = ${lost.session.pid}`;
    await waitFor(async () => (await sql(postgresUrl(), there)).length === 0, { what: 'its end' });
    const next = await session();
    await takeTarget(next, ownerOf(next));
  });
});

describe('the fence', () => {
  it('ends the sessions and drops the databases of older attempts, and nothing else', async () => {
    await using live = await createDatabase();
    const older = newShortId('dead', 1);
    const asideName = `${live.dbname}_aside_${older}`;
    await using aside = await createDatabase({ name: asideName });
    await using foreign = await createDatabase({ name: `${live.dbname}_aside_of_mine` });
    const orphan = await connect(parseDatabaseUrl(aside.url), {
      applicationName: `sagekeep-restore/${older}`,
    });
    const bystander = await connect(parseDatabaseUrl(live.url), { applicationName: 'an application' });
    opened.push(orphan, bystander);
    const lock = await session();
    const fenced = await fence(lock, { ...ownerOf(lock), dbname: live.dbname });
    expect(fenced).toEqual({ sessions: [`sagekeep-restore/${older}`], databases: [asideName], left: [] });
    await waitFor(() => orphan.lost.aborted, { what: 'the orphan to be ended' });
    expect(bystander.lost.aborted).toBe(false);
    expect(await sql(foreign.url, 'select 1 as one')).toEqual([{ one: 1 }]);
    await expect(sql(aside.url, 'select 1')).rejects.toMatchObject({ code: '3D000' });
  });

  it('ends the safety backup of an older attempt of its job, and no other backup', async () => {
    await using live = await createDatabase();
    const reading = async (jobId: string) => {
      const applicationName = `sagekeep-backup/${newShortId(jobId, 1)}`;
      const reader = await connect(parseDatabaseUrl(live.url), { applicationName });
      opened.push(reader);
      return { applicationName, lost: reader.lost };
    };
    const [own, other] = [await reading('one'), await reading('another')];
    const lock = await session({ jobId: 'one', attempt: 2 });
    const fenced = await fence(lock, { ...ownerOf(lock), dbname: live.dbname });
    expect(fenced).toEqual({ sessions: [own.applicationName], databases: [], left: [] });
    await waitFor(() => own.lost.aborted, { what: 'the safety backup to be ended' });
    expect(other.lost.aborted).toBe(false);
  });

  it('leaves alone what is being built for a longer dbname with the same beginning', async () => {
    const [one, other] = [`${'x'.repeat(60)}1`, `${'x'.repeat(60)}2`];
    const builder = await session();
    await takeTarget(builder, { ...ownerOf(builder), dbname: other });
    await using aside = await createDatabase({ name: madeName(other, 'aside', builder.shortId) });
    await takeLock(builder, { scope: 'made', dbname: aside.dbname, mode: 'exclusive' });
    const working = await connect(parseDatabaseUrl(aside.url), { applicationName: builder.applicationName });
    opened.push(working);
    const lock = await session();
    await takeTarget(lock, { ...ownerOf(lock), dbname: one });
    const fenced = await fence(lock, { ...ownerOf(lock), dbname: one });
    expect(fenced).toEqual({ sessions: [], databases: [], left: [] });
    expect([working.lost.aborted, builder.signal.aborted]).toEqual([false, false]);
    await builder.close();
    expect(await fence(lock, { ...ownerOf(lock), dbname: one })).toEqual({
      sessions: [builder.applicationName],
      databases: [aside.dbname],
      left: [],
    });
  });
});

it('past lives of a job are what its lower attempts made for the same dbname', async () => {
  const past = newShortId('drill', 1);
  await using own = await createDatabase({ name: madeName(dbname, 'scratch', past) });
  await using others = await createDatabase({ name: madeName('another database', 'scratch', past) });
  await using same = await createDatabase({ name: madeName(dbname, 'scratch', newShortId('drill', 2)) });
  const lock = await session({ kind: 'restore', jobId: 'drill', attempt: 2 });
  const ended = await endPastLives(lock, ownerOf(lock), 'scratch');
  expect(ended).toEqual({ databases: [own.dbname], left: [] });
  for (const { url } of [others, same]) expect(await sql(url, 'select 1 as one')).toEqual([{ one: 1 }]);
});

describe('the content lock', () => {
  it('lets readers in together and none beside a writer', async () => {
    const options = { operation: 'backup', connection, jobId: 'b', attempt: 1, signal: never } as const;
    const writer = await session();
    await withContentLock(options, () =>
      withContentLock({ ...options, jobId: 'c' }, async () => {
        expect(await tryLock(writer.session, { scope: 'content', dbname, mode: 'exclusive' })).toBe(false);
      }),
    );
    await takeLock(writer, { scope: 'content', dbname, mode: 'exclusive' });
    await expect(withContentLock(options, () => Promise.resolve())).rejects.toMatchObject({
      code: 'LOCK_BUSY',
    });
  });

  it.each([
    ['backup', [true, false, false, false, false]],
    ['safety backup', [true, false, false, false, false]],
  ] as const)(
    'once it is held for a %s, older attempts of the job read no more',
    async (operation, ended) => {
      await using live = await createDatabase();
      const reader = async (kind: string, jobId: string, attempt: number) => {
        const applicationName = `sagekeep-${kind}/${newShortId(jobId, attempt)}`;
        const stray = await connect(parseDatabaseUrl(live.url), { applicationName });
        opened.push(stray);
        return stray;
      };
      const jobId = `read-${operation}`;
      const strays = [
        await reader('backup', jobId, 1),
        await reader('backup', jobId, 2),
        await reader('backup', jobId, 3),
        await reader('restore', jobId, 1),
        await reader('backup', 'another', 1),
      ];
      const connection = parseDatabaseUrl(live.url);
      const options = { operation, connection, jobId, attempt: 2, signal: never };
      await withContentLock(options, async () => {
        const pids = strays.map(({ pid }) => pid).join(', ');
        const left = await sql(postgresUrl(), `select pid from pg_stat_activity where pid in (${pids})`);
        expect(strays.map(({ pid }) => !left.some((row) => row['pid'] === pid))).toEqual(ended);
      });
    },
  );

  it('is waited for with patience, keeps new readers out meanwhile, and then ends who still reads', async () => {
    const writer = await session();
    const heard: unknown[] = [];
    const reading = Promise.withResolvers<void>();
    const reader = withContentLock(
      { operation: 'backup', connection, jobId: 'slow', attempt: 1, signal: never },
      (signal) =>
        new Promise<void>((resolve) => {
          signal.addEventListener('abort', () => {
            heard.push(signal.reason);
            resolve();
          });
          reading.resolve();
        }),
    );
    await reading.promise;
    const taking = takePatiently(writer, { scope: 'content', dbname, mode: 'exclusive' }, 2000);
    await waitFor(async () => {
      const late = await session({ kind: 'backup' });
      const taken = await tryLock(late.session, { scope: 'content', dbname, mode: 'shared' });
      await late.close();
      return !taken;
    });
    const ended = await taking;
    await reader;
    expect(ended).toMatchObject([
      { applicationName: expect.stringMatching(/^sagekeep-backup\//), mode: 'shared' },
    ]);
    expect(heard).toMatchObject([{ code: 'LOCK_LOST', retryable: true }]);
  });

  it('is not waited for any longer once the job is cancelled', async () => {
    const cancel = new AbortController();
    const reader = await session({ kind: 'backup' });
    await takeLock(reader, { scope: 'content', dbname, mode: 'shared' });
    const writer = await session({ signal: cancel.signal });
    const taking = takePatiently(writer, { scope: 'content', dbname, mode: 'exclusive' }, 60_000);
    await waitFor(async () => {
      const rows = await sql(
        postgresUrl(),
        `select 1 from pg_stat_activity where pid = ${writer.session.pid} and wait_event = 'advisory'`,
      );
      return rows.length === 1;
    });
    const reason = new Error('cancelled');
    cancel.abort(reason);
    await expect(taking).rejects.toBe(reason);
  });
});

describe('the locks that operations claim', () => {
  const pairs = operations.flatMap((first) => operations.map((second) => [first, second] as const));

  async function takeAll(lock: LockSession, claim: (typeof claims)[keyof typeof claims]): Promise<boolean> {
    for (const scope of ['restore', 'content'] as const) {
      const mode: LockMode | undefined = claim[scope];
      if (mode === undefined) continue;
      const taken = await takeLock(lock, { scope, dbname, mode }).then(
        () => true,
        (error: unknown) => {
          if (isSagekeepError(error, 'LOCK_BUSY')) return false;
          throw error;
        },
      );
      if (!taken) return false;
    }
    return true;
  }

  it('do on a server what the matrix says, for every pair', async () => {
    for (const [first, second] of pairs) {
      const holding = await session();
      const wanting = await session();
      await takeAll(holding, claims[first]);
      const both = await takeAll(wanting, claims[second]);
      expect([first, second, both]).toEqual([
        first,
        second,
        ['together', 'keeps'].includes(outcome(first, second)),
      ]);
      await wanting.close();
      await holding.close();
    }
  });
});
