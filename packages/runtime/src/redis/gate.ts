import { randomUUID } from 'node:crypto';
import { type IRedisTransaction, RedisConnection } from 'bullmq';
import type { Redis } from 'ioredis';
import { answered, presentQuestion, type Question } from './question.ts';
import { refusedWrite } from './refusal.ts';
import { queueUnavailable } from './unavailable.ts';

/** The key that allows a write lives shorter than Redis may be silent before the caller is told that it is away. */
const allowedMs = 400;
/** Later than this, ms after the question, no write is begun: the key would outlive the caller's patience. */
const latestMs = 4_000;
/** Redis does nothing else while it executes a transaction. */
const atOnce = 16;

/**
 * Runs writes in Redis now or never. A frozen Redis executes whatever lies in its socket when it goes on; therefore
 * writes go in transactions that WATCH a key with a time to live: executed too late, they do nothing, and are sent anew for
 * as long as the caller waits: this process may have been the slow one. Only a transaction that Redis has begun in the
 * moment in which it freezes is carried to its end.
 */
export interface Gate {
  /**
   * `queueWrite` puts one command on the transaction, and again on another one where that came too late. Throws
   * `QUEUE_UNAVAILABLE` when it did not run in time or Redis takes no writes.
   */
  run(queueWrite: (transaction: IRedisTransaction) => void): Promise<unknown>;
}

export interface GateOptions {
  /** A connection of its own: WATCH belongs to the connection. */
  readonly redis: Redis;
  /** That of the queues. */
  readonly prefix: string;
  /** When Redis last said anything on this connection. */
  heardAt(): number;
}

interface Write {
  readonly question: Question;
  readonly queueWrite: (transaction: IRedisTransaction) => void;
  readonly outcome: PromiseWithResolvers<unknown>;
}

export function createGate({ redis, prefix, heardAt }: GateOptions): Gate {
  const connection = new RedisConnection(redis, { shared: true, blocking: false });
  connection.on('error', () => undefined);
  const waiting: Write[] = [];
  let busy = false;

  async function serve(): Promise<void> {
    if (busy) return;
    busy = true;
    while (waiting.length > 0) {
      const late = await passAll({ connection, redis, prefix }, waiting.splice(0, atOnce));
      waiting.unshift(...late);
    }
    busy = false;
  }

  return {
    run(queueWrite) {
      const question = presentQuestion();
      const outcome = Promise.withResolvers<unknown>();
      waiting.push({ question, queueWrite, outcome });
      void serve();
      return answered({ question, heardAt }, outcome.promise);
    },
  };
}

interface Passage {
  readonly connection: RedisConnection;
  readonly redis: Redis;
  readonly prefix: string;
}

/** Gives every write its outcome, but those that came too late and did nothing: it resolves with them. Never throws. */
async function passAll(passage: Passage, writes: readonly Write[]): Promise<readonly Write[]> {
  try {
    return await pass(passage, writes);
  } catch (error) {
    const told = isConnectionTrouble(error, passage.redis)
      ? queueUnavailable(error)
      : (refusedWrite(error) ?? error);
    for (const { outcome } of writes) outcome.reject(told);
    return [];
  }
}

async function pass(
  { connection, redis, prefix }: Passage,
  writes: readonly Write[],
): Promise<readonly Write[]> {
  if (redis.status !== 'ready') throw queueUnavailable();
  if (inTime(writes).length === 0) return [];
  const client = await connection.client;
  const key = `${prefix}:gate:${randomUUID()}`;
  await Promise.all([redis.set(key, '1', 'PX', allowedMs), redis.watch(key)]);
  // The answer may have come when the callers were gone already.
  const wanted = inTime(writes);
  if (wanted.length === 0) {
    await redis.unwatch();
    return [];
  }
  const transaction = client.multi();
  for (const { queueWrite } of wanted) queueWrite(transaction);
  const replies = await transaction.exec();
  // None at all: the key was gone.
  if (replies === null) return wanted;
  const missed = wanted.filter((_, index) => isUnknownScript(replies[index]));
  for (const [index, write] of wanted.entries())
    if (!missed.includes(write)) settle(write.outcome, replies[index]);
  if (missed.length > 0) await loadScripts(redis);
  return missed;
}

type Reply = readonly [Error | null, unknown] | undefined;

function isUnknownScript(reply: Reply): boolean {
  return reply?.[0]?.message.startsWith('NOSCRIPT') === true;
}

/** ioredis takes a script for known to Redis once it was sent, also with a transaction that did nothing. */
async function loadScripts(redis: Redis): Promise<void> {
  const scripts = Object.values<{ readonly lua: string }>(redis.scriptsSet);
  await Promise.all(scripts.map(({ lua }) => redis.script('LOAD', lua)));
}

/** The writes that somebody still waits for; the others are refused. */
function inTime(writes: readonly Write[]): Write[] {
  return writes.filter(({ question, outcome }) => {
    const wanted = !question.over && performance.now() - question.start <= latestMs;
    if (!wanted) outcome.reject(queueUnavailable());
    return wanted;
  });
}

function settle(outcome: Write['outcome'], reply: Reply): void {
  const [error, value] = reply ?? [queueUnavailable(), undefined];
  if (error === null) outcome.resolve(value);
  else outcome.reject(refusedWrite(error) ?? error);
}

function isConnectionTrouble(error: unknown, redis: Redis): boolean {
  if (redis.status !== 'ready') return true;
  const text = error instanceof Error ? `${error.name} ${error.message}` : '';
  return /MaxRetriesPerRequest|Connection is closed|isn't writeable|ECONN|EPIPE|LOADING/.test(text);
}
