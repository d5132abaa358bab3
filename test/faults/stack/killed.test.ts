import type { JobView } from '@sagekeep/contracts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { stoppedChildOf } from '../../support/children.ts';
import { begin, ended, proofsEnded, wholeBackups } from './client.ts';
import { startWholeStack, type WholeStack } from './stack.ts';

/** Text that does not compress, and enough of it that a dump can be caught at work. */
const bigTable = `create table big as select i as id, md5(i::text) || md5((-i)::text) || md5((i * 7)::text) as t
  from generate_series(1, 600000) i`;

let stack: WholeStack;
beforeAll(async () => {
  stack = await startWholeStack();
});
afterAll(() => stack?.[Symbol.asyncDispose]());

/**
 * In CI the first border that holds a snapshot, the one where the archive lies there, and the last before the job's end;
 * in the soak all of them.
 */
const sample = ['snapshot', 'dump', 'publish'];
const phases = ['preflight', 'snapshot', 'dump', 'globals', 'store', 'derive', 'check', 'publish'];
const borders = (process.env['SAGEKEEP_KILLS'] === 'all' ? phases : sample).map((phase) => `backup:${phase}`);

/** The job of a backup that stands at the border. */
async function backupAt(border: string): Promise<string> {
  stack.borders.hold(border);
  const job = await begin(stack, '/v1/backups', { database: 'sage', formats: ['custom', 'sql'] });
  await stack.borders.reached(border);
  return job;
}

/** It completed, and made exactly one backup; whatever is listed is whole. */
async function endsWithOneBackup(job: string): Promise<JobView> {
  const view = await ended(stack, job);
  expect(view).toMatchObject({ state: 'completed', error: null });
  const own = (await wholeBackups(stack)).filter(({ manifest }) => manifest.jobId === view.id);
  expect(own.map(({ manifest }) => manifest.id)).toEqual([(view.result as { backup: string }).backup]);
  const rows = own[0]?.manifest.inventory.tables.map(({ name, rows: count }) => [name, count]);
  expect(Object.fromEntries(rows ?? [])).toMatchObject({ 'public.memories': 400, 'public.sessions': 12 });
  return view;
}

describe.each(borders)('kill -9 at the border %s', (border) => {
  it('the worker: another one ends the job', async () => {
    const job = await backupAt(border);
    await stack.worker().kill('SIGKILL');
    await wholeBackups(stack);
    stack.borders.release(border);
    await stack.restartWorker();
    await endsWithOneBackup(job);
  });

  it('the API: the job does not notice', async () => {
    const job = await backupAt(border);
    await stack.api().kill('SIGKILL');
    stack.borders.release(border);
    await stack.restartApi();
    expect(await endsWithOneBackup(job)).toMatchObject({ attempts: { made: 1 } });
  });

  it('Redis: the job ends when it is back', async () => {
    const job = await backupAt(border);
    await stack.redis.signal('SIGKILL');
    await stack.redis.restart();
    stack.borders.release(border);
    await endsWithOneBackup(job);
  });

  it('PostgreSQL: the job ends when it is back', async () => {
    const job = await backupAt(border);
    await stack.postgres.signal('SIGKILL');
    await wholeBackups(stack);
    await stack.postgres.restart();
    stack.borders.release(border);
    await endsWithOneBackup(job);
  });
});

describe('kill -9 of a client tool at work', () => {
  beforeAll(() => stack.sql(bigTable));

  it.each([
    ['pg_dump', 'backup:snapshot'],
    ['pg_restore', 'backup:globals'],
  ])('%s: the next attempt makes the backup', async (tool, before) => {
    // A proof of an earlier backup has a pg_restore of its own.
    await proofsEnded(stack);
    const job = await backupAt(before);
    stack.borders.release(before);
    process.kill(await stoppedChildOf(stack.worker().pid, tool), 'SIGKILL');
    const view = await endsWithOneBackup(job);
    expect(view.attempts.made).toBe(2);
    expect(view.log.join('\n')).toContain(`${tool} was ended by SIGKILL`);
  });
});
