import { SagekeepError } from '@sagekeep/contracts';
import type { JobRegistry } from '@sagekeep/runtime';
import { expect, it } from 'vitest';
import { type Bench, createBench, createTrace, inState } from '../../faults/queue/harness.ts';
import { waitFor } from '../../support/events.ts';
import { redisUrl, uniquePrefix } from '../../support/servers.ts';

const asked = { database: 'nothing', reason: 'manual', by: 'anna' } as const;
const madeBy = (jobId: string) => ({
  backup: `nothing_backup_20260101_00000${jobId.startsWith('repeat:') ? 1 : 0}`,
  proof: null,
});

const newBench = () => createBench({ url: redisUrl(), prefix: uniquePrefix() });

/** A schedule whose first run has just fallen due; resolves with its id. */
async function fallDue(bench: Bench, data: object = {}): Promise<string> {
  const queue = bench.jobs.queue('backup');
  const job = await queue.upsertJobScheduler(
    'far',
    { every: 86_400_000 },
    {
      name: 'backup',
      data: { database: 'nothing', ...data },
      opts: { attempts: 4, backoff: { type: 'custom' } },
    },
  );
  return job?.id ?? '';
}

/** Backups that are made at once, one line in the trace for each that began. */
function maker() {
  const trace = createTrace();
  const backup: JobRegistry['backup'] = async (_payload, { jobId }) => {
    trace.add(jobId);
    return madeBy(jobId);
  };
  return { trace, backup };
}

it('a run that falls due while the same backup waits joins it: it is made once', async () => {
  await using bench = await newBench();
  const waiting = await bench.jobs.add('backup', { ...asked, formats: ['sql', 'custom'] });
  const due = await fallDue(bench);
  const { trace, backup } = maker();
  await bench.work({ backup });
  const joined = await inState(bench.jobs, { queue: 'backup', id: due }, 'completed');
  expect(joined.result).toEqual({
    skipped: `Joined: the job ${waiting.id} asked for the same and has made ${madeBy(waiting.id).backup} since the planned time.`,
  });
  expect(joined.log.join()).toContain(waiting.id);
  expect(trace.events).toEqual([waiting.id]);
  const armed = await bench.jobs.list({ queue: 'backup', state: 'delayed' });
  expect(armed.items.map(({ id }) => id.startsWith('repeat:far:'))).toEqual([true]);
});

it('a run that is taken while the same backup runs waits for its end, and joins it', async () => {
  await using bench = await newBench();
  const waiting = await bench.jobs.add('backup', asked);
  const due = await fallDue(bench);
  const { trace, backup } = maker();
  const { promise: released, resolve: release } = Promise.withResolvers<void>();
  const slowly: JobRegistry['backup'] = async (payload, context) => {
    const result = await backup(payload, context);
    await released;
    return result;
  };
  await bench.work({ backup: slowly });
  await trace.reached(waiting.id);
  await bench.work({ backup: slowly });
  const put = await waitFor(async () => {
    const view = await bench.jobs.get('backup', due);
    return view.log.length > 0 && view;
  });
  expect(put.log.join()).toContain(`Waits: The job ${waiting.id} makes the same backup`);
  release();
  const joined = await inState(bench.jobs, { queue: 'backup', id: due }, 'completed');
  expect(joined).toMatchObject({ result: { skipped: expect.stringContaining(waiting.id) } });
  expect(trace.events).toEqual([waiting.id]);
});

it('a run makes its own backup when the one that was asked for fails', async () => {
  await using bench = await newBench();
  const waiting = await bench.jobs.add('backup', asked);
  const due = await fallDue(bench);
  const { trace, backup } = maker();
  await bench.work({
    async backup(payload, context) {
      const result = await backup(payload, context);
      if (context.jobId === waiting.id) throw new SagekeepError('AUTHENTICATION_FAILED', 'wrong password');
      return result;
    },
  });
  const made = await inState(bench.jobs, { queue: 'backup', id: due }, 'completed');
  expect(made.result).toEqual(madeBy(due));
  expect(trace.events).toEqual([waiting.id, due]);
});

it('a backup that began before the planned time is not joined: its snapshot may be older', async () => {
  await using bench = await newBench();
  const { trace, backup } = maker();
  const { promise: released, resolve: release } = Promise.withResolvers<void>();
  await bench.work({
    async backup(payload, context) {
      const result = await backup(payload, context);
      await released;
      return result;
    },
  });
  const running = await bench.jobs.add('backup', asked);
  await trace.reached(running.id);
  const due = await fallDue(bench);
  release();
  const made = await inState(bench.jobs, { queue: 'backup', id: due }, 'completed');
  expect(made.result).toEqual(madeBy(due));
});

const both = { formats: ['custom' as const, 'sql' as const] };

it.each([
  ['another label', { ...both, label: 'before upgrade' }, {}],
  ['a hold', both, { hold: 'audit' }],
  ['fewer formats', { formats: ['sql' as const] }, {}],
])('a backup with %s is not joined', async (_, of, planned) => {
  await using bench = await newBench();
  const waiting = await bench.jobs.add('backup', { ...asked, ...of });
  const due = await fallDue(bench, planned);
  const { trace, backup } = maker();
  await bench.work({ backup });
  await inState(bench.jobs, { queue: 'backup', id: due }, 'completed');
  expect(trace.events).toEqual([waiting.id, due]);
});
