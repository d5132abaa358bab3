import type { Log } from '@sagekeep/contracts';
import type { Jobs } from '@sagekeep/runtime';
import type { Watch } from '@sagekeep/watch';
import { atMost } from './atMost.ts';

const lookMs = 500;
const everyMs = 3 * 60_000;
/** How long stopping waits for a round: whatever it leaves undone, the next one of any worker does. */
const stopMs = 3_000;

interface Tended {
  readonly watch: Watch;
  readonly jobs: Pick<Jobs, 'ready'>;
  readonly log: Log;
}

/**
 * Looks after open incidents, those of channels included, as soon as the queues answer, again whenever they answer after
 * they did not, and every few minutes, so that reminders, repeated deliveries and ends depend on no schedule. That several
 * workers do it does no harm; one worker does it once at a time. Call the returned function to stop: it waits for a round
 * that is under way, a few seconds at most.
 */
export function tendWatch({ watch, jobs, log }: Tended): () => Promise<void> {
  let round: Promise<void> | null = null;
  let dueAt = performance.now() + everyMs;
  let answered = false;
  const look = () => {
    const answers = jobs.ready();
    if (answers && !answered) dueAt = performance.now();
    answered = answers;
    if (round !== null || performance.now() < dueAt) return;
    dueAt = performance.now() + everyMs;
    round = tendOnce(watch)
      .catch((error: unknown) => {
        log.warn({ err: error }, 'the incidents could not be looked after');
      })
      .finally(() => {
        round = null;
      });
  };
  const timer = setInterval(look, lookMs);
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
