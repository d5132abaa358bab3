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
  const stop = tendWatch({ watch, jobs: { ready: () => false }, log });
  await vi.advanceTimersByTimeAsync(9 * 60_000 + 1_000);
  expect([rounds, asked]).toEqual([3, 3]);
  expect(warnings).toHaveLength(1);
  await stop();
  await vi.advanceTimersByTimeAsync(10 * 60_000);
  expect(rounds).toBe(3);
});

it('whatever did not reach the queues is made up for as soon as they answer, at the start and after each silence', async () => {
  vi.useFakeTimers();
  let ready = false;
  let rounds = 0;
  const tend = async () => {
    rounds += 1;
  };
  const watch = { incidents: { tend }, channels: { askAgain: async () => undefined } } as unknown as Watch;
  const stop = tendWatch({ watch, jobs: { ready: () => ready }, log: {} as Log });
  const after = async (answers: boolean) => {
    ready = answers;
    await vi.advanceTimersByTimeAsync(5_000);
    return rounds;
  };
  const seen = [
    await after(false),
    await after(true),
    await after(true),
    await after(false),
    await after(true),
  ];
  expect(seen).toEqual([0, 1, 1, 1, 2]);
  await stop();
});

it('no round begins while one runs, and stopping waits for it a few seconds only', async () => {
  vi.useFakeTimers();
  let rounds = 0;
  const tend = async () => {
    rounds += 1;
    await new Promise(() => undefined);
  };
  const watch = { incidents: { tend } } as unknown as Watch;
  const stop = tendWatch({ watch, jobs: { ready: () => true }, log: {} as Log });
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
