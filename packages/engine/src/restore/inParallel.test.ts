import { describe, expect, it } from 'vitest';
import { inParallel } from './inParallel.ts';

const waits = (signal: AbortSignal) =>
  new Promise<never>((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
const never = new AbortController().signal;

describe('two pieces of work', () => {
  it('give both results', async () => {
    expect(
      await inParallel(
        never,
        () => Promise.resolve(1),
        () => Promise.resolve('two'),
      ),
    ).toEqual([1, 'two']);
  });

  it('end together, and the first failure is the one that is told', async () => {
    const first = new Error('first');
    const ended: unknown[] = [];
    const other = (signal: AbortSignal) => waits(signal).catch((reason: unknown) => void ended.push(reason));
    await expect(inParallel(never, other, () => Promise.reject(first))).rejects.toBe(first);
    expect(ended).toEqual([first]);
  });

  it('end when they are told to, with the reason from outside', async () => {
    const outer = new AbortController();
    const reason = new Error('cancelled');
    const both = inParallel(outer.signal, waits, waits);
    outer.abort(reason);
    await expect(both).rejects.toBe(reason);
  });
});
