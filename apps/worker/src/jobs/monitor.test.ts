import { type Finding, type JobContext, SagekeepError } from '@sagekeep/contracts';
import { expect, it } from 'vitest';
import type { WorkerDependencies } from '../dependencies.ts';
import { createMonitorJob } from './monitor.ts';

const finding = (id: string): Finding => ({
  ...{
    id,
    title: id,
    group: 'connection',
    status: 'pass',
    value: '',
    expected: '',
    advice: '',
    durationMs: 0,
  },
});
const context = { jobId: 'm1', actor: 'test', signal: new AbortController().signal } as JobContext;

/** A monitor of so many databases; `verify` answers for each. */
function monitorOf(names: readonly string[], verify: (database: string) => Promise<Finding[]>) {
  const dependencies = {
    databases: async () => names.map((name) => ({ name })),
    engine: { verify: async ({ database }: { database: string }) => ({ findings: await verify(database) }) },
    watch: {
      look: async ({ verified }: { verified: Finding[] }) => ({ status: 'pass', findings: verified }),
    },
    jobs: { counts: () => Promise.reject(new SagekeepError('QUEUE_UNAVAILABLE', 'away')) },
    containers: null,
    now: () => new Date(),
  } as unknown as WorkerDependencies;
  return createMonitorJob(dependencies)({ by: 'test' }, context);
}

it('asks eight databases at once, and no more', async () => {
  const eight = Promise.withResolvers<void>();
  let asked = 0;
  let most = 0;
  const names = Array.from({ length: 20 }, (_, index) => `db${index}`);
  await monitorOf(names, async () => {
    asked += 1;
    most = Math.max(most, asked);
    if (asked === 8) eight.resolve();
    await eight.promise;
    asked -= 1;
    return [];
  });
  expect(most).toBe(8);
});

it('one database that cannot be asked hides no other, and RPO is left to targets.rpo', async () => {
  const { findings } = await monitorOf(['owl', 'sage'], async (database) => {
    if (database === 'owl') throw new Error('ENOSPC');
    return [finding('connection.answers'), finding('performance.backup')];
  });
  expect(findings.map(({ title, status, value }) => [title, status, value])).toEqual([
    ['owl: Quick checks are made', 'fail', 'ENOSPC'],
    ['sage: connection.answers', 'pass', ''],
    ['sage: Quick checks are made', 'pass', 'they were'],
  ]);
});

it('a database that a restore has just now is skipped, not failed', async () => {
  const { findings } = await monitorOf(['owl', 'sage'], async (database) => {
    throw new SagekeepError(database === 'owl' ? 'LOCK_BUSY' : 'LOCK_LOST', 'It is being replaced.');
  });
  expect(findings.map(({ title, status, value }) => [title, status, value])).toEqual([
    ['owl: Quick checks are made', 'skip', 'It is being replaced.'],
    ['sage: Quick checks are made', 'skip', 'It is being replaced.'],
  ]);
});
