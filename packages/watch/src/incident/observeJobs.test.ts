import type { Finding } from '@sagekeep/contracts';
import { expect, it } from 'vitest';
import { proof } from '../testing/facts.ts';
import type { Cause } from './cause.ts';
import { createJobObserver, type EndedJob } from './observeJobs.ts';

function subject({ refuses }: { refuses?: string } = {}) {
  const heard: string[] = [];
  const causes: Cause[] = [];
  const observer = createJobObserver({
    async raise(cause, options = {}) {
      if (cause.key === refuses) throw new Error('refused');
      heard.push(`raise ${cause.key}${options.except === undefined ? '' : ` but not to ${options.except}`}`);
      causes.push(cause);
      return {} as never;
    },
    async resolve(key) {
      heard.push(`resolve ${key}`);
      return null;
    },
  });
  return { heard, causes, observer };
}

const job = (name: EndedJob['name'], payload: EndedJob['payload']): EndedJob => ({ id: '7', name, payload });
const error = { code: 'TOOL_FAILED', message: 'pg_dump ended with exit code 1.', advice: 'Look.' };
const finding = (id: string, status: Finding['status'], title = id): Finding => ({
  ...{ id, status, title, group: 'pgvector' as const },
  ...{ value: 'v', expected: 'e', advice: 'do', durationMs: 1 },
});

it('opens an incident for a failure and resolves it with the next success', async () => {
  const { heard, causes, observer } = subject();
  await observer.failed(job('backup', { database: 'sage' }), error);
  await observer.completed(job('backup', { database: 'sage' }), { backup: 'x' });
  expect(heard).toEqual(['raise backup-failed:sage', 'resolve backup-failed:sage']);
  expect(causes[0]).toMatchObject({
    title: 'The backup of sage failed',
    detail: 'TOOL_FAILED: pg_dump ended with exit code 1. Look.',
    advice: 'sagekeep retry 7',
  });
});

it('sends a person to the plan of a cleanup that was stopped, not to a retry that would be stopped again', async () => {
  const { causes, observer } = subject();
  const stopped = { code: 'CLEANUP_REFUSED', message: 'The cleanup was stopped.' };
  await observer.failed(job('cleanup', { database: 'sage' }), stopped);
  await observer.failed(job('cleanup', {}), stopped);
  expect(causes.map(({ advice }) => advice)).toEqual([
    'sagekeep cleanup sage --dry-run',
    'sagekeep cleanup --dry-run',
  ]);
});

it('says nothing of what a person cancelled, asked for or tried', async () => {
  const { heard, observer } = subject();
  await observer.failed(job('backup', { database: 'sage' }), { ...error, code: 'CANCELLED' });
  await observer.failed(job('plan', { database: 'sage' }), error);
  await observer.failed(job('deliver', { channel: 'hook', event: 'test' }), error);
  expect(heard).toEqual([]);
});

it('tells other channels that one takes nothing', async () => {
  const { heard, observer } = subject();
  await observer.failed(job('deliver', { channel: 'hook', event: 'opened' }), error);
  expect(heard).toEqual(['raise deliver-failed:hook but not to hook']);
});

it('has one cause per finding, whether verify or monitor saw it', async () => {
  const { heard, observer } = subject();
  await observer.completed(job('verify', { database: 'sage' }), {
    findings: [
      finding('pgvector.values', 'fail'),
      finding('pgvector.columns', 'pass'),
      finding('pgvector.recall', 'skip'),
      // The monitor raises targets.rpo for it.
      finding('performance.backup', 'fail'),
    ],
  });
  await observer.completed(job('monitor', {}), {
    findings: [finding('pgvector.values', 'pass', 'sage: Usable vectors')],
  });
  expect(heard).toEqual([
    'resolve verify-failed:sage',
    'raise check:sage:pgvector.values',
    'resolve check:sage:pgvector.columns',
    'resolve monitor-failed:all',
    'resolve check:sage:pgvector.values',
  ]);
});

it('takes a proof that failed for an incident although its job is done', async () => {
  const { heard, observer } = subject();
  const prove = job('prove', { backup: 'sage_backup_20261122_020000' });
  await observer.completed(prove, { proof: proof({ result: 'failed', error: 'rows differ' }) });
  await observer.completed(prove, { proof: proof() });
  expect(heard).toEqual([
    ...['resolve prove-failed:sage', 'raise proof:sage'],
    ...['resolve prove-failed:sage', 'resolve proof:sage'],
  ]);
});

it('names the backup that a drill of `latest` found wanting', async () => {
  const { causes, observer } = subject();
  const drill = job('prove', { backup: 'latest', database: 'sage', drill: true });
  const backup = 'sage_backup_20261122_020000';
  await observer.completed(drill, { proof: proof({ result: 'failed', error: 'rows differ', backup }) });
  expect(causes).toMatchObject([
    { key: 'proof:sage', title: `${backup} did not come back whole`, advice: `sagekeep show ${backup}` },
  ]);
});

it.each([{ dryRun: true }, { backup: 'sage_backup_20261122_020000' }, { kept: 'sage_before_1' }])(
  'a cleanup of %o says nothing of how retention stands',
  async (payload) => {
    const { heard, observer } = subject();
    const cleanup = job('cleanup', { database: 'sage', ...payload });
    await observer.completed(cleanup, { plan: [] });
    await observer.failed(cleanup, error);
    expect(heard).toEqual([]);
    await observer.completed(job('cleanup', { database: 'sage', dryRun: false }), { plan: [] });
    expect(heard).toEqual(['resolve cleanup-failed:sage']);
  },
);

it('findings of disks and queues are of no database, whichever the monitor was asked about', async () => {
  const { heard, observer } = subject();
  await observer.completed(job('monitor', { database: 'sage' }), {
    findings: [finding('disk.storage', 'fail'), finding('targets.rpo', 'fail', 'sage: Age')],
  });
  expect(heard.slice(1)).toEqual(['raise check:all:disk.storage', 'raise check:sage:targets.rpo']);
});

it('an incident that cannot be noted keeps no other from being heard', async () => {
  const { heard, observer } = subject({ refuses: 'check:all:a' });
  const findings = [finding('a', 'fail'), finding('b', 'fail')];
  await expect(observer.completed(job('monitor', {}), { findings })).rejects.toThrow('refused');
  expect(heard).toEqual(['resolve monitor-failed:all', 'raise check:all:b']);
});

it('names every damaged backup of a scrub', async () => {
  const { causes, observer } = subject();
  await observer.completed(job('scrub', {}), { damaged: ['sage_backup_20261122_020000'] });
  expect(causes).toMatchObject([
    { key: 'damaged:sage_backup_20261122_020000', database: 'sage', severity: 'fail' },
  ]);
});
