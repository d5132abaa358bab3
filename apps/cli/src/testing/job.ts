import type { JobView } from '@sagekeep/contracts';

/** A running backup job, with what a test wants to be different. */
export function testJob(job: Partial<JobView> = {}): JobView {
  return {
    id: '12',
    name: 'backup',
    queue: 'backup',
    state: 'active',
    progress: 0,
    phase: null,
    detail: null,
    attempts: { made: 1, of: 4 },
    payload: { database: 'sage' },
    log: [],
    result: null,
    error: null,
    createdAt: '2026-11-23T11:59:00.000Z',
    startedAt: '2026-11-23T11:59:01.000Z',
    finishedAt: null,
    ...job,
  };
}
