import type { Configuration, Log, QueueName } from '@sagekeep/contracts';
import { QueueEvents } from 'bullmq';
import { connectWaiting } from '../redis/connect.ts';

/** Wakes those who follow a job when BullMQ says that something happened to it. One connection per followed queue. */
export interface JobBell {
  /** Resolves at the next event of the job, or after `ms`, or when the signal aborts. */
  next(queue: QueueName, id: string, about: { ms: number; signal: AbortSignal }): Promise<void>;
  close(): Promise<void>;
}

const heard = ['active', 'waiting', 'delayed', 'progress', 'completed', 'failed', 'removed'] as const;

export function createJobBell(configuration: Pick<Configuration, 'redis'>, log: Log): JobBell {
  const listeners = new Map<string, Set<() => void>>();
  const open = new Map<QueueName, { events: QueueEvents; disconnect: () => void }>();

  function listen(queue: QueueName): void {
    if (open.has(queue)) return;
    const redis = connectWaiting({ url: configuration.redis.url, name: `events-${queue}`, log });
    const events = new QueueEvents(queue, { connection: redis, prefix: configuration.redis.prefix });
    events.on('error', () => undefined);
    for (const name of heard)
      events.on(name, ({ jobId }: { jobId: string }) => {
        for (const ring of listeners.get(`${queue}:${jobId}`) ?? []) ring();
      });
    open.set(queue, { events, disconnect: () => redis.disconnect() });
  }

  return {
    next(queue, id, { ms, signal }) {
      listen(queue);
      const key = `${queue}:${id}`;
      const { promise, resolve } = Promise.withResolvers<void>();
      const timer = setTimeout(resolve, ms);
      const bells = listeners.get(key) ?? new Set();
      listeners.set(key, bells.add(resolve));
      const wake = () => resolve();
      signal.addEventListener('abort', wake, { once: true });
      if (signal.aborted) resolve();
      return promise.finally(() => {
        clearTimeout(timer);
        signal.removeEventListener('abort', wake);
        bells.delete(resolve);
        if (bells.size === 0) listeners.delete(key);
      });
    },
    async close() {
      await Promise.allSettled(
        [...open.values()].map(async ({ events, disconnect }) => {
          // Its blocking read would hold the close back while Redis is away.
          disconnect();
          await events.close();
        }),
      );
    },
  };
}
