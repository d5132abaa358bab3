import type { Log } from '@sagekeep/contracts';
import type { Watch } from '@sagekeep/watch';

const everyMs = 3 * 60_000;

/**
 * Looks after open incidents every few minutes, so that reminders, repeated deliveries and ends depend on no schedule. That
 * several workers do it does no harm. Call the returned function to
 * stop: it waits for a round that is under way.
 */
export function tendWatch({ watch, log }: { watch: Watch; log: Log }): () => Promise<void> {
  let round = Promise.resolve();
  const timer = setInterval(() => {
    round = round.then(() =>
      watch.incidents.tend().catch((error: unknown) => {
        log.warn({ err: error }, 'the incidents could not be looked after');
      }),
    );
  }, everyMs);
  return async () => {
    clearInterval(timer);
    await round;
  };
}
