import type { JobContext } from '@sagekeep/contracts';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { createByteProgress } from './progress.ts';

beforeEach(() => void vi.useFakeTimers({ toFake: ['performance'] }));
afterEach(() => void vi.useRealTimers());

it('measures its rate from the first byte, not from the time at which it was set up', () => {
  const told: Parameters<JobContext['progress']>[0][] = [];
  const context = {
    progress: (progress: (typeof told)[number]) => told.push(progress),
  } as unknown as JobContext;
  const progress = createByteProgress(context, {
    ...{ phase: 'derive', from: 45, to: 87 },
    expected: { bytes: 4_000_000, measured: true },
  });
  vi.advanceTimersByTime(60_000);
  progress.add(0);
  vi.advanceTimersByTime(1_000);
  progress.add(1_000_000, 'a table');
  expect(told.at(-1)).toMatchObject({
    progress: 55,
    bytesPerSecond: 1_000_000,
    etaMs: 3_000,
    detail: 'a table',
  });
  expect(told.every(({ etaMs }) => etaMs === undefined || etaMs <= 3_000)).toBe(true);
});
