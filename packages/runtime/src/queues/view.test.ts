import type { Job } from 'bullmq';
import { expect, it } from 'vitest';
import { viewOf } from './view.ts';

const made = { backup: 'nothing_backup_20260101_000000', proof: null };

/** The content of a job as BullMQ reads it, in one answer. */
function jobWith(content: Partial<Job>): Job {
  const base = { id: '1', name: 'backup', data: {}, opts: {}, progress: 0, attemptsMade: 1, timestamp: 1 };
  return { ...base, ...content } as Job;
}

const view = (content: Partial<Job>, state: string) => viewOf('backup', jobWith(content), { state, log: [] });

it.each(['active', 'waiting', 'failed', 'completed'])(
  'content that has ended outranks the state "%s", which is another answer',
  (state) => {
    expect(view({ finishedOn: 5, returnvalue: made }, state)).toMatchObject({
      state: 'completed',
      result: made,
      error: null,
      finishedAt: '1970-01-01T00:00:00.005Z',
    });
    expect(view({ finishedOn: 5, failedReason: 'SERVER_GONE: It went away.' }, state)).toMatchObject({
      state: 'failed',
      error: { code: 'SERVER_GONE' },
      finishedAt: '1970-01-01T00:00:00.005Z',
    });
  },
);

it.each(['completed', 'failed'])('content that has not ended is never shown as %s', (state) => {
  expect(view({}, state).state).toBe('unknown');
});
