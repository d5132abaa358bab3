import type { Job } from 'bullmq';

/** Shares of the lock's life: how often it is renewed, and when a run that could not renew it is given up. */
const renewAt = 1 / 3;
const giveUpAt = 0.8;

export interface LeaseOptions {
  readonly job: Job;
  readonly token: string;
  readonly lockMs: number;
  /** Called once: the lock is someone else's, or may soon be. */
  onLost(): void;
}

/**
 * Keeps a job's lock in Redis, by the token of this very run. BullMQ renews by job id, says nothing while Redis is away
 * and never ends a run; this one tells before the lock can expire, so that no second worker starts beside us.
 */
export function keepLease(options: LeaseOptions): { release(): void } {
  const { job, token, lockMs } = options;
  let renewedAt = performance.now();
  let over = false;
  let asking = false;

  const stop = () => {
    over = true;
    clearInterval(watchdog);
    clearInterval(renewal);
  };
  const lose = () => {
    if (over) return;
    stop();
    options.onLost();
  };
  const renew = async () => {
    if (asking) return;
    asking = true;
    const askedAt = performance.now();
    try {
      // 0 means that the lock is gone or has another token.
      if ((await job.extendLock(token, lockMs)) === 0) lose();
      else renewedAt = askedAt;
    } catch {
      // Redis is away: the watchdog counts.
    } finally {
      asking = false;
    }
  };
  const watchdog = setInterval(
    () => {
      if (performance.now() - renewedAt > lockMs * giveUpAt) lose();
    },
    Math.max(lockMs / 50, 20),
  );
  const renewal = setInterval(() => void renew(), lockMs * renewAt);
  return { release: stop };
}
