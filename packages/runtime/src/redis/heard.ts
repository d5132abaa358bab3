import type { Redis } from 'ioredis';

/** When Redis last said anything on this connection, on `performance.now()`'s clock. */
export function listenTo(redis: Redis): () => number {
  let at = Number.NEGATIVE_INFINITY;
  const note = () => {
    at = performance.now();
  };
  redis.on('connect', () => redis.stream.on('data', note));
  redis.on('ready', note);
  return () => at;
}
