import type { Redis } from 'ioredis';
import type { Keys } from '../queues/keys.ts';
import { heartbeatTtlMs, timeOf } from '../queues/workers.ts';

const forgetAfterMs = 86_400_000;

/** Tells in Redis that this worker lives. */
export interface Heartbeat {
  stop(): Promise<void>;
}

export function startHeartbeat(redis: Redis, keys: Keys, name: string): Heartbeat {
  let stopped = false;
  const beat = async () => {
    // While Redis is away beats would pile up in the connection's queue.
    if (redis.status !== 'ready') return;
    const now = await timeOf(redis);
    // One that was asked the time when it stopped must not come back to life.
    if (stopped) return;
    await redis
      .multi()
      .zadd(keys.workers, now, name)
      .zremrangebyscore(keys.workers, '-inf', now - forgetAfterMs)
      .exec();
  };
  const quietly = () => void beat().catch(() => undefined);
  const timer = setInterval(quietly, heartbeatTtlMs / 3);
  redis.on('ready', quietly);
  quietly();
  return {
    async stop() {
      stopped = true;
      clearInterval(timer);
      redis.off('ready', quietly);
      if (redis.status === 'ready') await redis.zrem(keys.workers, name);
    },
  };
}
