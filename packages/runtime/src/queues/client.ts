import { type Configuration, type Format, type Log, QueueName } from '@sagekeep/contracts';
import type { Queue } from 'bullmq';
import type { Redis } from 'ioredis';
import { connectFailingFast } from '../redis/connect.ts';
import { createGate, type Gate } from '../redis/gate.ts';
import { listenTo } from '../redis/heard.ts';
import { answered, asking, newQuestion } from '../redis/question.ts';
import { refusedWrite } from '../redis/refusal.ts';
import { queueUnavailable, within } from '../redis/unavailable.ts';
import { repeatSettings } from '../schedules/strategy.ts';
import { AnyQueue } from './anyJob.ts';
import { guardedBackend } from './guardedBackend.ts';
import { createKeys, type Keys } from './keys.ts';
import { readableBackend } from './readableBackend.ts';
import { configuredFormats } from './sameRequest.ts';

const closeMs = 900;
const probeEveryMs = 1_000;
/** So many probes without an answer make a Redis silent. */
const unansweredProbes = 2;

/** The client side of all queues over two connections: one for everything, one for guarded writes. */
export interface QueueClient {
  readonly redis: Redis;
  readonly keys: Keys;
  readonly names: readonly QueueName[];
  queue(name: QueueName): Queue;
  /** See `configuredFormats`. */
  formats(database: string): readonly Format[] | null;
  /** Writes now or never; see `Gate.run`. */
  readonly write: Gate['run'];
  ready(): boolean;
  /**
   * The outcome of work on Redis, or `QUEUE_UNAVAILABLE` within a second of its silence. Errors of the connection and refused
   * writes become that too.
   */
  ask<T>(work: () => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

export function createQueueClient(
  configuration: Pick<Configuration, 'redis' | 'databases'>,
  log: Log,
): QueueClient {
  const { url, prefix } = configuration.redis;
  const redis = connectFailingFast({ url, name: 'client', log });
  const writer = connectFailingFast({ url, name: 'writer', log });
  const [heardHere, heardThere] = [listenTo(redis), listenTo(writer)];
  const heardAt = () => Math.max(heardHere(), heardThere());
  const gate = createGate({ redis: writer, prefix, heardAt: heardThere });
  const backend = readableBackend(guardedBackend(gate));
  const queues = new Map<QueueName, Queue>();
  for (const name of QueueName.options)
    queues.set(name, new AnyQueue(name, { connection: redis, prefix, settings: repeatSettings }, backend));
  for (const queue of queues.values()) queue.on('error', () => undefined);
  const liveness = watchLiveness({ redis, writer, heardAt: heardHere }, [...queues.values()]);

  async function ask<T>(work: () => Promise<T>): Promise<T> {
    if (!liveness.ready()) throw queueUnavailable();
    const question = newQuestion();
    try {
      return await answered({ question, heardAt }, asking(question, work));
    } catch (error) {
      throw isConnectionError(error) ? queueUnavailable(error) : (refusedWrite(error) ?? error);
    }
  }

  return {
    redis,
    keys: createKeys(prefix),
    names: QueueName.options,
    queue(name) {
      const queue = queues.get(name);
      if (queue === undefined) throw new TypeError(`there is no queue ${name}`);
      return queue;
    },
    formats: (database) => configuredFormats(configuration, database),
    write: (queueWrite) => gate.run(queueWrite),
    ready: liveness.ready,
    ask,
    async close() {
      liveness.stop();
      await Promise.allSettled([...queues.values()].map((queue) => within(closeMs, queue.close())));
      redis.disconnect();
      writer.disconnect();
    },
  };
}

function isConnectionError(error: unknown): boolean {
  const text = error instanceof Error ? `${error.name} ${error.message}` : '';
  return /MaxRetriesPerRequest|Connection is closed|isn't writeable|ECONN|EPIPE|ETIMEDOUT|LOADING/.test(text);
}

/**
 * Ready: connected, met by BullMQ, and answering. A frozen Redis keeps its connections open. Counted in probes, not in time: a
 * process that stood still has asked nothing meanwhile.
 */
function watchLiveness(
  { redis, writer, heardAt }: { redis: Redis; writer: Redis; heardAt: () => number },
  queues: readonly Queue[],
) {
  let met = false;
  Promise.all(queues.map((queue) => queue.waitUntilReady())).then(
    () => {
      met = true;
    },
    () => undefined,
  );
  let probedAt = Number.NEGATIVE_INFINITY;
  let unanswered = 0;
  const hasAnswered = () => heardAt() > probedAt;
  const probe = setInterval(() => {
    unanswered = hasAnswered() || redis.status !== 'ready' ? 0 : unanswered + 1;
    probedAt = performance.now();
    if (redis.status === 'ready') redis.ping().catch(() => undefined);
  }, probeEveryMs);
  probe.unref();
  return {
    ready: () =>
      met &&
      redis.status === 'ready' &&
      writer.status === 'ready' &&
      (hasAnswered() || unanswered < unansweredProbes),
    stop: () => clearInterval(probe),
  };
}
