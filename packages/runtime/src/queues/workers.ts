import type { QueueClient } from './client.ts';

/** A worker whose heartbeat is older counts as gone. */
export const heartbeatTtlMs = 15_000;

/** Workers whose heartbeat is fresh, by Redis's own list of them. */
export async function liveWorkers(client: QueueClient): Promise<{ name: string; seenAt: Date }[]> {
  const since = Date.now() - heartbeatTtlMs;
  const flat = await client.redis.zrange(client.keys.workers, since, '+inf', 'BYSCORE', 'WITHSCORES');
  const found: { name: string; seenAt: Date }[] = [];
  for (let index = 0; index + 1 < flat.length; index += 2)
    found.push({ name: flat[index] ?? '', seenAt: new Date(Number(flat[index + 1])) });
  return found;
}
