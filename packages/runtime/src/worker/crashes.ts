import type { QueueName } from '@sagekeep/contracts';
import type { Redis } from 'ioredis';
import type { Keys } from '../queues/keys.ts';

const rememberSeconds = 30 * 86_400;

/**
 * Counts starts of a job that came to no orderly end. BullMQ's own counters will not do: it never gives up a job that a
 * schedule made, and counts polite waiting as a start.
 */
export interface CrashCounter {
  /** Counts a start; resolves with how many starts before it, without an orderly end since, went astray. */
  started(queue: QueueName, id: string): Promise<number>;
  /** The run came to an orderly end, good or bad. */
  ended(queue: QueueName, id: string): Promise<void>;
}

export function createCrashCounter(redis: Redis, keys: Keys): CrashCounter {
  return {
    async started(queue, id) {
      const key = keys.crashes(queue, id);
      const replies = await redis.multi().incr(key).expire(key, rememberSeconds).exec();
      return Number(replies?.[0]?.[1] ?? 1) - 1;
    },
    async ended(queue, id) {
      await redis.del(keys.crashes(queue, id));
    },
  };
}
