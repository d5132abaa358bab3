import { randomUUID } from 'node:crypto';
import { type IRedisTransaction, RedisConnection } from 'bullmq';
import type { Redis } from 'ioredis';
import { questionStart } from './deadline.ts';
import { queueUnavailable, within } from './unavailable.ts';

/** All counted from the caller's question, in ms: the key that allows the write is gone before the caller gives up. */
const setUpMs = 400;
const allowedMs = 400;
const totalMs = 900;

/**
 * Runs one write in Redis now or never. A frozen Redis executes whatever lies in its socket when it goes on; therefore
 * each write is a transaction that WATCHes a key with a time to live: executed too late, it does nothing.
 */
export interface Gate {
  /** `queueWrite` puts one command on the transaction. Throws `QUEUE_UNAVAILABLE` when it did not run in time. */
  run(queueWrite: (transaction: IRedisTransaction) => void): Promise<unknown>;
}

/** `redis` must be a connection of its own: WATCH belongs to the connection. `prefix` is that of the queues. */
export function createGate(redis: Redis, prefix: string): Gate {
  const connection = new RedisConnection(redis, { shared: true, blocking: false });
  connection.on('error', () => undefined);
  let turn: Promise<unknown> = Promise.resolve();
  return {
    run(queueWrite) {
      const start = questionStart();
      const attempt = turn.then(() => write({ connection, redis, prefix, start }, queueWrite));
      // The next write follows when this one has its outcome, whatever it is, and at the latest when it is given up.
      const bounded = within(Math.max(totalMs - (performance.now() - start), 0), attempt);
      turn = bounded.catch(() => undefined);
      return bounded;
    },
  };
}

interface Passage {
  readonly connection: RedisConnection;
  readonly redis: Redis;
  readonly prefix: string;
  readonly start: number;
}

async function write(
  passage: Passage,
  queueWrite: (transaction: IRedisTransaction) => void,
): Promise<unknown> {
  const { redis, start } = passage;
  const elapsed = () => performance.now() - start;
  if (redis.status !== 'ready' || elapsed() > setUpMs) throw queueUnavailable();
  const client = await passage.connection.client;
  const key = `${passage.prefix}:gate:${randomUUID()}`;
  try {
    await Promise.all([redis.set(key, '1', 'PX', allowedMs), redis.watch(key)]);
    if (elapsed() > setUpMs) {
      redis.unwatch().catch(() => undefined);
      throw queueUnavailable();
    }
    const transaction = client.multi();
    queueWrite(transaction);
    return firstReply(await transaction.exec());
  } catch (error) {
    throw isConnectionTrouble(error, redis) ? queueUnavailable(error) : error;
  }
}

/** Null means that the key was gone: the transaction came too late and did nothing. */
function firstReply(replies: [Error | null, unknown][] | null): unknown {
  const reply = replies?.[0];
  if (reply === undefined) throw queueUnavailable();
  if (reply[0] !== null) throw reply[0];
  return reply[1];
}

function isConnectionTrouble(error: unknown, redis: Redis): boolean {
  if (redis.status !== 'ready') return true;
  const text = error instanceof Error ? `${error.name} ${error.message}` : '';
  return /MaxRetriesPerRequest|Connection is closed|isn't writeable|ECONN|EPIPE|LOADING|READONLY/.test(text);
}
