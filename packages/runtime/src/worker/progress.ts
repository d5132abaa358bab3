import type { Progress } from '@sagekeep/contracts';

const intervalMs = 500;

/**
 * Passes on the newest progress at most twice a second, one at a time; what comes in between is replaced. The figure
 * never falls: phases that overlap each tell of their own share.
 */
export interface ProgressSender {
  send(progress: Progress): void;
  /** Sends what is still held back. */
  flush(): Promise<void>;
}

export function createProgressSender(deliver: (progress: Progress) => Promise<void>): ProgressSender {
  let newest: Progress | null = null;
  let highest = 0;
  let sending: Promise<void> | null = null;
  let timer: NodeJS.Timeout | null = null;
  let sentAt = Number.NEGATIVE_INFINITY;

  const cancelTimer = () => {
    if (timer !== null) clearTimeout(timer);
    timer = null;
  };
  const sendNewest = () => {
    cancelTimer();
    const progress = newest;
    if (progress === null) return;
    newest = null;
    sentAt = performance.now();
    sending = deliver(progress)
      .catch(() => undefined)
      .finally(() => {
        sending = null;
        schedule();
      });
  };
  const schedule = () => {
    if (newest === null || timer !== null || sending !== null) return;
    timer = setTimeout(sendNewest, Math.max(0, sentAt + intervalMs - performance.now()));
  };
  return {
    send(progress) {
      highest = Math.max(highest, progress.progress);
      newest = { ...progress, progress: highest };
      schedule();
    },
    async flush() {
      await sending;
      sendNewest();
      await sending;
    },
  };
}
