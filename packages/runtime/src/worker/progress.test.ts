import type { Progress } from '@sagekeep/contracts';
import { expect, it, vi } from 'vitest';
import { createProgressSender } from './progress.ts';

it('sends the first at once, then the newest twice a second, and never loses the last', async () => {
  vi.useFakeTimers();
  const sent: number[] = [];
  const sender = createProgressSender(async ({ progress }: Progress) => {
    sent.push(progress);
  });
  for (let step = 1; step <= 20; step += 1) {
    sender.send({ progress: step, phase: 'dump' });
    await vi.advanceTimersByTimeAsync(100);
  }
  expect(sent[0]).toBe(1);
  expect(sent.length).toBeGreaterThanOrEqual(4);
  expect(sent.length).toBeLessThanOrEqual(5);
  await sender.flush();
  expect(sent.at(-1)).toBe(20);
  await vi.advanceTimersByTimeAsync(5_000);
  expect(sent.filter((progress) => progress === 20)).toHaveLength(1);
  vi.useRealTimers();
});

it('a Redis that does not answer holds one back, not hundreds', async () => {
  vi.useFakeTimers();
  let asked = 0;
  const sender = createProgressSender(() => {
    asked += 1;
    return new Promise(() => undefined);
  });
  for (let step = 0; step < 100; step += 1) {
    sender.send({ progress: step, phase: 'dump' });
    await vi.advanceTimersByTimeAsync(100);
  }
  expect(asked).toBe(1);
  vi.useRealTimers();
});

it('never goes back, whatever phase speaks last', async () => {
  const sent: Progress[] = [];
  const sender = createProgressSender(async (progress) => {
    sent.push(progress);
  });
  sender.send({ progress: 47, phase: 'derive' });
  sender.send({ progress: 45, phase: 'globals' });
  await sender.flush();
  expect(sent.at(-1)).toEqual({ progress: 47, phase: 'globals' });
});
