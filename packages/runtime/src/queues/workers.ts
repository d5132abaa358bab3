import type { Redis } from 'ioredis';
import type { QueueClient } from './client.ts';

/** A worker whose heartbeat is older counts as gone. */
export const heartbeatTtlMs = 15_000;

/** Workers whose heartbeat is fresh, by Redis's own list of them and by its clock: those of two machines may differ. */
export async function liveWorkers(client: QueueClient): Promise<{ name: string; seenAt: Date }[]> {
  const since = (await timeOf(client.redis)) - heartbeatTtlMs;
  const flat = await client.redis.zrange(client.keys.workers, since, '+inf', 'BYSCORE', 'WITHSCORES');
  const found: { name: string; seenAt: Date }[] = [];
  for (let index = 0; index + 1 < flat.length; index += 2)
    found.push({ name: flat[index] ?? '', seenAt: new Date(Number(flat[index + 1])) });
  return found;
}

/** What Redis's clock shows, ms since 1970. */
export async function timeOf(redis: Redis): Promise<number> {
  const [seconds, microseconds] = await redis.time();
  return Number(seconds) * 1000 + Math.floor(Number(microseconds) / 1000);
}
