import { getEventListeners } from 'node:events';
import { PlanPayload, SagekeepError } from '@sagekeep/contracts';
import type { JobEvent, JobRegistry } from '@sagekeep/runtime';
import { Redis } from 'ioredis';
import { afterEach, expect, it, vi } from 'vitest';
import { lookAtQueues } from '../../../apps/worker/src/jobs/lookAtQueues.ts';
import { createBench, createTrace, done, inState, runChild, shortLock } from '../../faults/queue/harness.ts';
import { createQueueKeys } from '../../faults/queue/redis.ts';
import { waitFor } from '../../support/events.ts';
import { redisUrl, startPrivateRedis, uniquePrefix } from '../../support/servers.ts';

const backup = { database: 'nothing', reason: 'manual', by: 'anna' } as const;
const made = { backup: 'nothing_backup_20260101_000000', proof: null };

afterEach(() => {
  vi.useRealTimers();
});

const newBench = () => createBench({ url: redisUrl(), prefix: uniquePrefix() });

it('a second backup joins one that waits, with the same formats, label and hold', async () => {
  await using bench = await newBench();
  const first = await bench.jobs.add('backup', { ...backup, formats: ['custom', 'sql'] });
  const same = await bench.jobs.add('backup', { ...backup, by: 'otto', formats: ['sql', 'custom'] });
  expect(same.id).toBe(first.id);
  expect((await bench.jobs.add('backup', { ...backup, formats: ['sql', 'custom', 'sql'] })).id).toBe(
    first.id,
  );
  // Those of the configuration.
  expect((await bench.jobs.add('backup', backup)).id).toBe(first.id);
  const others = await Promise.all([
    bench.jobs.add('backup', { ...backup, label: 'before upgrade' }),
    bench.jobs.add('backup', { ...backup, hold: 'audit' }),
    bench.jobs.add('backup', { ...backup, database: 'other' }),
  ]);
  expect(new Set([first.id, ...others.map(({ id }) => id)]).size).toBe(4);
});

it('many that ask at once get one job', async () => {
  await using bench = await newBench();
  const asked = await Promise.all(Array.from({ length: 20 }, () => bench.jobs.add('backup', backup)));
  expect(new Set(asked.map(({ id }) => id)).size).toBe(1);
});

it('a running backup is not joined: its snapshot may be older than the request', async () => {
  await using bench = await newBench();
  const trace = createTrace();
  const { promise, resolve } = Promise.withResolvers<void>();
  await bench.work({
    backup: async () => {
      trace.add('began');
      await promise;
      return made;
    },
  });
  const first = await bench.jobs.add('backup', backup);
  await trace.reached('began');
  const second = await bench.jobs.add('backup', backup);
  expect(second.id).not.toBe(first.id);
  resolve();
  await inState(bench.jobs, second, 'completed');
});

it('a waiting backup that a schedule made is joined, its next run is not', async () => {
  await using bench = await newBench();
  const queue = bench.jobs.queue('backup');
  await queue.upsertJobScheduler(
    'far',
    { every: 86_400_000 },
    { name: 'backup', data: { database: 'nothing' } },
  );
  const due = await bench.jobs.add('backup', backup);
  expect(due.id).toMatch(/^repeat:far:/);
  await bench.work({ backup: async () => made });
  await inState(bench.jobs, due, 'completed');
  expect((await bench.jobs.add('backup', backup)).id).not.toMatch(/^repeat:/);
});

it('a repeated key is answered with the first job, whatever became of it', async () => {
  await using bench = await newBench();
  const options = { idempotencyKey: 'tuesday' };
  const first = await bench.jobs.add('backup', backup, options);
  const joined = await bench.jobs.add('backup', backup, { idempotencyKey: 'wednesday' });
  expect(joined.id).toBe(first.id);
  await bench.work({ backup: async () => made });
  await inState(bench.jobs, first, 'completed');
  expect((await bench.jobs.add('backup', backup, options)).state).toBe('completed');
  expect((await bench.jobs.add('backup', backup, { idempotencyKey: 'wednesday' })).id).toBe(first.id);
  for (const idempotencyKey of ['tuesday', 'wednesday'])
    await expect(
      bench.jobs.add('backup', { ...backup, database: 'other' }, { idempotencyKey }),
    ).rejects.toMatchObject({ code: 'CONFLICT', facts: { jobId: first.id } });
  expect((await bench.jobs.add('backup', { ...backup, by: 'otto' }, options)).id).not.toBe(first.id);
});

it('of two different requests with one key at once, one is a conflict', async () => {
  await using bench = await newBench();
  const ask = (dryRun: boolean) =>
    bench.jobs.add('cleanup', { dryRun, by: 'anna' }, { idempotencyKey: 'tuesday' });
  const outcomes = await Promise.allSettled([ask(true), ask(false)]);
  const failures = outcomes.filter((outcome) => outcome.status === 'rejected');
  expect(failures.map(({ reason }) => reason)).toMatchObject([{ code: 'CONFLICT' }]);
});

it('a bad payload is refused with its fields', async () => {
  await using bench = await newBench();
  await expect(bench.jobs.add('backup', { ...backup, database: 'No Such' })).rejects.toMatchObject({
    code: 'INVALID_INPUT',
    facts: { errors: [{ field: 'database' }] },
  });
});

it('lists newest first, page by page', async () => {
  await using bench = await newBench();
  const ids: string[] = [];
  for (let number = 0; number < 7; number += 1)
    ids.unshift(
      number % 2 === 0
        ? (await bench.jobs.add('cleanup', { dryRun: false, by: 'anna' })).id
        : (await bench.jobs.add('monitor', { by: 'anna' })).id,
    );
  const found: string[] = [];
  let cursor: string | undefined;
  do {
    const page = await bench.jobs.list({ limit: 3, ...(cursor === undefined ? {} : { cursor }) });
    found.push(...page.items.map(({ id }) => id));
    cursor = page.nextCursor;
  } while (cursor !== undefined);
  expect([...found].sort()).toEqual([...ids].sort());
  expect((await bench.jobs.list({ queue: 'monitor' })).items).toHaveLength(3);
  expect((await bench.jobs.list({ state: 'failed' })).items).toEqual([]);
  await expect(bench.jobs.list({ cursor: 'made up' })).rejects.toMatchObject({ code: 'INVALID_INPUT' });
});

it('a follower hears states, lines and the end, in order', async () => {
  await using bench = await newBench();
  const { promise, resolve } = Promise.withResolvers<void>();
  const job = await bench.jobs.add('backup', backup);
  const events: JobEvent[] = [];
  const following = (async () => {
    for await (const event of bench.jobs.follow('backup', job.id, AbortSignal.timeout(60_000))) {
      events.push(event);
      if (event.type === 'progress') resolve();
    }
  })();
  await bench.work({
    backup: async (_payload, context) => {
      context.log('starting');
      context.log('dumping');
      context.progress({ progress: 40, phase: 'dump', bytes: 10 });
      await promise;
      return made;
    },
  });
  await following;
  expect(events[0]).toMatchObject({ type: 'state', job: { state: 'waiting' } });
  const log = [expect.stringMatching(/ starting$/), expect.stringMatching(/ dumping$/)];
  expect(events.flatMap((event) => (event.type === 'log' ? [event.line] : []))).toEqual(log);
  expect(events.some((event) => event.type === 'progress' && event.job.phase === 'dump')).toBe(true);
  expect(events.at(-1)).toMatchObject({ type: 'completed', job: { progress: 100, result: made, log } });
  const nobody = bench.jobs.follow('backup', 'nobody', AbortSignal.timeout(9_000));
  await expect(Array.fromAsync(nobody)).rejects.toMatchObject({ code: 'UNKNOWN_JOB' });
});

it('a job followed through many changes keeps one listener on the signal at most', async () => {
  await using bench = await newBench();
  const controller = new AbortController();
  const heard: number[] = [];
  const { promise: mayEnd, resolve: end } = Promise.withResolvers<void>();
  await bench.work({
    backup: async (_payload, context) => {
      for (let number = 0; number < 40; number += 1) context.log(`line ${number}`);
      await mayEnd;
      return made;
    },
  });
  const job = await bench.jobs.add('backup', backup);
  for await (const event of bench.jobs.follow('backup', job.id, controller.signal)) {
    heard.push(getEventListeners(controller.signal, 'abort').length);
    if (event.type !== 'log') continue;
    await bench.jobs.queue('backup').addJobLog(job.id, 'another line');
    await (await bench.jobs.queue('backup').getJob(job.id))?.updateProgress(heard.length % 100);
    if (heard.length > 60) end();
  }
  expect(heard.length).toBeGreaterThan(60);
  expect(Math.max(...heard)).toBeLessThanOrEqual(1);
  expect(getEventListeners(controller.signal, 'abort').length).toBeLessThanOrEqual(1);
});

it('a job whose second attempt succeeds shows its result and no error, everywhere', async () => {
  await using bench = await newBench();
  let runs = 0;
  await bench.work({
    backup: async () => {
      runs += 1;
      if (runs === 1) throw new SagekeepError('SERVER_GONE', 'It went away.', { retryable: true });
      return made;
    },
  });
  const job = await bench.jobs.add('backup', backup);
  const expected = { state: 'completed', error: null, result: made, attempts: { made: 2, of: 4 } };
  expect(await inState(bench.jobs, job, 'completed', 'failed')).toMatchObject(expected);
  expect((await bench.jobs.list({})).items).toMatchObject([expected]);
});

const planOfNothing = PlanPayload.parse({ database: 'nothing', backup: 'latest', by: 'anna' });

it('a job that must wait for another uses no attempt and no worker, and says for what', async () => {
  // It waits for half a second at a time: long enough to be looked at meanwhile.
  const environment = { SAGEKEEP_BACKOFF_FACTOR: '0.05' };
  await using bench = await createBench({ url: redisUrl(), prefix: uniquePrefix(), environment });
  let busy = true;
  await bench.work({
    restore: async () => {
      if (busy)
        throw new SagekeepError('LOCK_BUSY', 'A backup of "nothing" is being made.', { retryable: true });
      return {
        ...{ restore: 'r1', downtimeMs: 1, safetyBackup: null, proof: 'proven' },
        ...{ method: 'aside', wayBack: null },
      };
    },
    plan: async () => {
      throw new SagekeepError('PLAN_OUTDATED', 'ran');
    },
  });
  const restore = await bench.jobs.add('restore', {
    database: 'nothing',
    backup: 'latest',
    withoutSafety: false,
    inPlace: false,
    createRoles: false,
    trustFile: false,
    onMismatch: 'drop',
    by: 'anna',
  });
  const waiting = await inState(bench.jobs, restore, 'delayed');
  expect(waiting.detail).toMatchObject({ phase: 'waiting', detail: 'A backup of "nothing" is being made.' });
  expect(waiting.log).toContainEqual(expect.stringContaining('Waits:'));
  const { queues } = await lookAtQueues(bench.jobs, new Date(Date.now() + 3_600_000));
  const seen = queues?.find(({ name }) => name === 'restore');
  expect(seen?.oldestWaitingMs).toBeGreaterThanOrEqual(3_600_000);
  // One restore at a time in the fleet, yet the waiting one is in nobody's way.
  const plan = await bench.jobs.add('plan', planOfNothing);
  expect((await inState(bench.jobs, plan, 'failed')).error?.message).toBe('ran');
  busy = false;
  const ended = await inState(bench.jobs, restore, 'completed', 'failed');
  expect(ended.state).toBe('completed');
  expect(ended.attempts.made).toBe(1);
});

it('a job that waits for another one too long fails, and a retry gives it new patience', async () => {
  await using bench = await createBench({
    url: redisUrl(),
    prefix: uniquePrefix(),
    environment: { SAGEKEEP_LONGEST_WAIT: '300ms' },
  });
  let starts = 0;
  let freeAt = Number.POSITIVE_INFINITY;
  await bench.work({
    backup: async () => {
      starts += 1;
      if (starts >= freeAt) return made;
      throw new SagekeepError('LOCK_BUSY', 'It is being restored by sagekeep-restore/x.', {
        retryable: true,
      });
    },
  });
  const job = await bench.jobs.add('backup', backup);
  const failed = await inState(bench.jobs, job, 'failed');
  expect(failed.error).toMatchObject({
    code: 'LOCK_BUSY',
    message: expect.stringMatching(/^The job waited \d+ ms for another one\. It is being restored by/),
    advice: expect.stringContaining('retry'),
  });
  expect(failed.attempts.made).toBe(1);
  expect(starts).toBeGreaterThan(1);
  freeAt = starts + 2;
  await bench.jobs.retry('backup', job.id);
  expect((await inState(bench.jobs, job, 'completed', 'failed')).state).toBe('completed');
});

it.each(['the end of its worker', 'the loss of its claim'])(
  'a wait ends when the job runs: %s hours later leaves it new patience',
  async (interruption) => {
    const redis = { url: redisUrl(), prefix: uniquePrefix() };
    await using bench = await createBench({ ...redis, environment: shortLock });
    const trace = createTrace();
    let starts = 0;
    const handlers: Partial<JobRegistry> = {
      backup: async (_payload, context) => {
        starts += 1;
        if (starts === 2) return runChild(context, trace);
        if (starts > 3) return made;
        throw new SagekeepError('LOCK_BUSY', 'It is being restored.', { retryable: true });
      },
    };
    const workers = await bench.work(handlers);
    const job = await bench.jobs.add('backup', backup);
    await trace.reached('child started');
    vi.useFakeTimers({ toFake: ['Date'], shouldAdvanceTime: true, now: Date.now() + 7 * 3_600_000 });
    if (interruption === 'the end of its worker') {
      await workers.stop({ now: true });
      await bench.work(handlers);
    } else {
      const client = new Redis(redis.url);
      await client.del(createQueueKeys(redis.prefix, 'backup').lock(job.id));
      client.disconnect();
    }
    const ended = await inState(bench.jobs, job, 'completed', 'failed');
    expect(ended).toMatchObject({ state: 'completed', attempts: { made: 1 } });
    expect(starts).toBe(4);
  },
);

it.each([
  ['what a stranger holds', 'OBJECT_BUSY'],
  ['the end of the session that held its lock', 'LOCK_LOST'],
] as const)('a job that meets %s fails after its attempts', async (_, code) => {
  await using bench = await newBench();
  let starts = 0;
  await bench.work({
    backup: async () => {
      starts += 1;
      throw new SagekeepError(code, 'It was in the way.', { retryable: true });
    },
  });
  const failed = await inState(bench.jobs, await bench.jobs.add('backup', backup), 'failed');
  expect(failed).toMatchObject({ error: { code }, attempts: { made: 4, of: 4 } });
  expect(starts).toBe(4);
});

it('restores run one at a time in the fleet', async () => {
  await using bench = await newBench();
  let running = 0;
  let most = 0;
  const handlers = {
    plan: async () => {
      most = Math.max(most, ++running);
      await new Promise((resolve) => setImmediate(resolve));
      running -= 1;
      throw new SagekeepError('PLAN_OUTDATED', 'ran');
    },
  };
  await bench.work(handlers);
  await bench.work(handlers);
  const asked = await Promise.all(Array.from({ length: 6 }, () => bench.jobs.add('plan', planOfNothing)));
  for (const job of asked) await inState(bench.jobs, job, 'failed');
  expect(most).toBe(1);
});

it('no secret reaches Redis: not by errors, stacks, causes, lines or progress', async () => {
  await using redis = await startPrivateRedis();
  const canary = 'canary-p@ss word';
  await using bench = await createBench({
    url: redis.url,
    prefix: uniquePrefix(),
    environment: { DATABASE_URL: `postgresql://u:${encodeURIComponent(canary)}@127.0.0.1:1/nothing` },
  });
  await bench.work({
    monitor: async (_payload, context) => {
      context.log(`connecting with ${canary}`);
      context.progress({ progress: 1, phase: 'connect', detail: encodeURIComponent(canary) });
      const cause = new Error(`postgresql://u:${encodeURIComponent(canary)}@h`);
      throw new SagekeepError('AUTHENTICATION_FAILED', `no: ${canary}`, { cause });
    },
  });
  const job = await bench.jobs.add('monitor', { by: 'anna' });
  const failed = await inState(bench.jobs, job, 'failed');
  expect(failed.error?.message).toBe('no: [secret]');
  expect(JSON.stringify(await everything(redis.url))).not.toMatch(/canary/);
});

/** Every key's value, as Redis dumps it. */
async function everything(url: string): Promise<string[]> {
  const client = new Redis(url);
  const dumps: string[] = [];
  for (const key of await client.keys('*')) dumps.push(key, String(await readable(client, key)));
  client.disconnect();
  expect(dumps.length).toBeGreaterThan(4);
  return dumps;
}

async function readable(client: Redis, key: string): Promise<unknown> {
  switch (await client.type(key)) {
    case 'hash':
      return JSON.stringify(await client.hgetall(key));
    case 'list':
      return client.lrange(key, 0, -1);
    case 'stream':
      return JSON.stringify(await client.xrange(key, '-', '+'));
    case 'zset':
      return client.zrange(key, 0, '-1');
    default:
      return client.get(key);
  }
}

it('workers are seen while they live', async () => {
  await using bench = await newBench();
  expect(await bench.jobs.workers()).toEqual([]);
  // Whoever looks at the queues is a worker, though Redis may have lost its sign of life.
  expect((await lookAtQueues(bench.jobs, new Date())).workers).toBe(1);
  const workers = await bench.work({ monitor: async () => done });
  const [seen] = await waitFor(async () => {
    const list = await bench.jobs.workers();
    return list.length > 0 && list;
  });
  expect(seen?.name).toBe(workers.name);
  // By Redis's clock: that of who asks may be ahead of the worker's.
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 60_000 });
  expect(await bench.jobs.workers()).toHaveLength(1);
  vi.useRealTimers();
  await workers.stop({ now: true });
  expect(await bench.jobs.workers()).toEqual([]);
});
