import { setTimeout } from 'node:timers/promises';
import { isSagekeepError, type JobContext, SagekeepError } from '@sagekeep/contracts';

const longestMs = 10 * 60_000;
const pauseMs = 2_000;

/** Offline there is no queue to wait in: whoever finds the database in use waits here, and says for whom. */
export async function patiently<Result>(context: JobContext, work: () => Promise<Result>): Promise<Result> {
  const until = performance.now() + longestMs;
  let told = '';
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if (!isSagekeepError(error, 'LOCK_BUSY')) throw error;
      if (performance.now() >= until) throw tooLong(error);
      if (told !== error.message) context.log(`Waits: ${error.message}`);
      told = error.message;
      await setTimeout(pauseMs, undefined, { signal: context.signal }).catch(() => undefined);
      context.signal.throwIfAborted();
    }
  }
}

function tooLong(error: SagekeepError): SagekeepError {
  return new SagekeepError('LOCK_BUSY', `${error.message} It did not end within ten minutes.`, {
    retryable: true,
    advice:
      'Nothing was started. Let the other one end, or cancel it (sagekeep cancel), and type this again.',
    facts: error.facts,
    cause: error,
  });
}
