import type { Log } from '@sagekeep/contracts';
import type { Watch } from '@sagekeep/watch';
import { afterEach, expect, it, vi } from 'vitest';
import { tendWatch } from './tendWatch.ts';

afterEach(() => {
  vi.useRealTimers();
});

it('incidents are looked after every few minutes, whatever one round came to, until it is stopped', async () => {
  vi.useFakeTimers();
  let rounds = 0;
  const warnings: unknown[] = [];
  const tend = async () => {
    rounds += 1;
    if (rounds === 1) throw new Error('the storage is away');
  };
  let asked = 0;
  const askAgain = async () => {
    asked += 1;
  };
  const watch = { incidents: { tend }, channels: { askAgain } } as unknown as Watch;
  const log = { warn: (facts: unknown) => warnings.push(facts) } as unknown as Log;
  const stop = tendWatch({ watch, log });
  await vi.advanceTimersByTimeAsync(10 * 60_000);
  expect([rounds, asked]).toEqual([3, 3]);
  expect(warnings).toHaveLength(1);
  await stop();
  await vi.advanceTimersByTimeAsync(10 * 60_000);
  expect(rounds).toBe(3);
});

it('no round begins while one runs, and stopping waits for it a few seconds only', async () => {
  vi.useFakeTimers();
  let rounds = 0;
  const tend = async () => {
    rounds += 1;
    await new Promise(() => undefined);
  };
  const stop = tendWatch({ watch: { incidents: { tend } } as unknown as Watch, log: {} as Log });
  await vi.advanceTimersByTimeAsync(10 * 60_000);
  expect(rounds).toBe(1);
  let stopped = false;
  const stopping = stop().then(() => {
    stopped = true;
  });
  await vi.advanceTimersByTimeAsync(1_000);
  expect(stopped).toBe(false);
  await vi.advanceTimersByTimeAsync(4_000);
  await stopping;
  expect(stopped).toBe(true);
});
