import { SagekeepError } from '@sagekeep/contracts';
import { describe, expect, it } from 'vitest';
import { together } from './together.ts';
import { toolError } from './toolError.ts';

const ours = (message: string) => new SagekeepError('TOOL_FAILED', message);
const never = new AbortController().signal;

/** A part that only ends when it is aborted, and then with the abort's reason. */
function untilAborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
}

describe('parts that only make sense together', () => {
  it('succeed when all do', async () => {
    await together(never, () => [Promise.resolve(1), Promise.resolve(2)]);
  });

  it('are all ended when one fails, before its failure is told', async () => {
    let ended = false;
    const failure = ours('first');
    const running = together(never, (signal) => [
      untilAborted(signal).finally(() => {
        ended = true;
      }),
      Promise.reject(failure),
    ]);
    await expect(running).rejects.toBe(failure);
    expect(ended).toBe(true);
  });

  it('the failure that tells most is thrown, not the first to be heard', async () => {
    const cause = ours('pg_restore ended with exit code 1');
    const { promise, reject } = Promise.withResolvers<never>();
    const running = together(never, (signal) => {
      signal.addEventListener('abort', () => reject(cause));
      return [Promise.reject(new Error('write EPIPE')), promise];
    });
    await expect(running).rejects.toBe(cause);
  });

  it.each(['Broken pipe', 'Connection reset by peer'])(
    'a tool whose output nobody takes any more (%s) only tells that its neighbour has failed',
    async (how) => {
      const words = `pg_dump ended with exit code 1. It said: pg_dump: error: could not write to output file: ${how}`;
      const cause = new SagekeepError('STORAGE_FULL', 'no space left');
      const running = together(never, () => [Promise.reject(ours(words)), Promise.reject(cause)]);
      await expect(running).rejects.toBe(cause);
    },
  );

  it.each([new SagekeepError('STORAGE_FULL', 'no space left'), new TypeError('not a function')])(
    'a tool that ended well has only lost its reader, who tells why: %s',
    async (cause) => {
      const ended = toolError({ file: 'pg_dump', exitCode: 0, signal: undefined, words: '' });
      const running = together(never, () => [Promise.reject(ended), Promise.reject(cause)]);
      await expect(running).rejects.toBe(cause);
    },
  );

  it('a server that resets its connection is a cause of its own', async () => {
    const cause = ours('could not receive data from server: Connection reset by peer');
    const running = together(never, () => [Promise.reject(cause), Promise.reject(ours('sink'))]);
    await expect(running).rejects.toBe(cause);
  });

  it('of two that tell as much, the one that stands first', async () => {
    const running = together(never, () => [Promise.reject(ours('source')), Promise.reject(ours('sink'))]);
    await expect(running).rejects.toThrow('source');
  });

  it('an abort from outside is told as its own reason, whatever failed because of it', async () => {
    const outside = new AbortController();
    const running = together(outside.signal, (signal) => [untilAborted(signal), untilAborted(signal)]);
    outside.abort(new Error('cancelled'));
    await expect(running).rejects.toThrow('cancelled');
  });
});
