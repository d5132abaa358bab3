import type { QueueName } from '@sagekeep/contracts';
import type { Redis } from 'ioredis';
import type { Keys } from '../queues/keys.ts';

const rememberSeconds = 30 * 86_400;

/** Remembers since when a job goes back to its queue for the sake of another one, through all its starts. */
export interface WaitClock {
  /** Begins to wait, unless it does already. Resolves with since when, as milliseconds of the calendar. */
  since(queue: QueueName, id: string): Promise<number>;
  /** The job got past what it waited for, or was given up. */
  over(queue: QueueName, id: string): Promise<void>;
}

export function createWaitClock(redis: Redis, keys: Keys): WaitClock {
  return {
    async since(queue, id) {
      const key = keys.waits(queue, id);
      const now = Date.now();
      const replies = await redis.multi().set(key, now, 'EX', rememberSeconds, 'NX').get(key).exec();
      const since = Number(replies?.[1]?.[1] ?? now);
      return Number.isFinite(since) ? since : now;
    },
    async over(queue, id) {
      await redis.del(keys.waits(queue, id));
    },
  };
}
