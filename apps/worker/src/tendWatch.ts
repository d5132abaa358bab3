import type { Log } from '@sagekeep/contracts';
import type { Watch } from '@sagekeep/watch';
import { atMost } from './atMost.ts';

const everyMs = 3 * 60_000;
/** How long stopping waits for a round: whatever it leaves undone, the next one of any worker does. */
const stopMs = 3_000;

/**
 * Looks after open incidents, those of channels included, every few minutes, so that reminders, repeated deliveries and
 * ends depend on no schedule. That several workers do it does no harm; one worker does it once at a time. Call the returned
 * function to stop: it waits for a round that is under way, a few seconds at most.
 */
export function tendWatch({ watch, log }: { watch: Watch; log: Log }): () => Promise<void> {
  let round: Promise<void> | null = null;
  const timer = setInterval(() => {
    round ??= tendOnce(watch)
      .catch((error: unknown) => {
        log.warn({ err: error }, 'the incidents could not be looked after');
      })
      .finally(() => {
        round = null;
      });
  }, everyMs);
  return async () => {
    clearInterval(timer);
    await atMost(stopMs, round);
  };
}

async function tendOnce({ incidents, channels }: Watch): Promise<void> {
  try {
    await incidents.tend();
  } finally {
    await channels.askAgain();
  }
}
