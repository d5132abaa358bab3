import { getEventListeners } from 'node:events';
import { type JobContext, SagekeepError } from '@sagekeep/contracts';
import type { Jobs } from '@sagekeep/runtime';
import { afterEach, expect, it, vi } from 'vitest';
import { enqueuePatiently } from './enqueue.ts';

afterEach(() => {
  vi.useRealTimers();
});

it('a job offered again and again leaves nothing behind on the signal of the one that offers it', async () => {
  vi.useFakeTimers();
  const { signal } = new AbortController();
  let asked = 0;
  let most = 0;
  const add = async () => {
    asked += 1;
    most = Math.max(most, getEventListeners(signal, 'abort').length);
    if (asked <= 20) throw new SagekeepError('QUEUE_UNAVAILABLE', 'It is away.');
    return { id: 'one' };
  };
  const about = {
    jobs: { add } as unknown as Jobs,
    context: { signal } as JobContext,
    name: 'monitor' as const,
  };
  const offered = enqueuePatiently(about, { by: 'test' }, {});
  await vi.runAllTimersAsync();
  expect(await offered).toBe('one');
  expect(asked).toBe(21);
  expect(most).toBe(0);
});

it('an abort ends the offering at once', async () => {
  const controller = new AbortController();
  const add = async () => {
    controller.abort(new Error('told to stop'));
    throw new SagekeepError('QUEUE_UNAVAILABLE', 'It is away.');
  };
  const about = {
    jobs: { add } as unknown as Jobs,
    context: { signal: controller.signal } as JobContext,
    name: 'monitor' as const,
  };
  await expect(enqueuePatiently(about, { by: 'test' }, {})).rejects.toThrow('told to stop');
});
