import { type Log, QueueName } from '@sagekeep/contracts';
import type { Redis } from 'ioredis';
import { z } from 'zod';
import type { Keys } from '../queues/keys.ts';
import { abortReasons } from './reasons.ts';
import type { Run, Runs } from './runs.ts';

const lookAgainMs = 5_000;
const Cancellation = z.object({ queue: QueueName, id: z.string(), by: z.string() });

/** Brings cancellations from any process to the runs of this one: by message at once, by flag when one was lost. */
export interface Cancellations {
  /** Throws `CANCELLED` when the job was cancelled before it started here. */
  check(queue: QueueName, id: string): Promise<void>;
  forget(queue: QueueName, id: string): Promise<void>;
  close(): void;
}

export interface CancellationOptions {
  readonly redis: Redis;
  /** A connection of its own: a subscriber can do nothing else. */
  readonly subscriber: Redis;
  readonly keys: Keys;
  readonly runs: Runs;
  readonly log: Log;
}

export function watchCancellations(options: CancellationOptions): Cancellations {
  const { redis, subscriber, keys, runs, log } = options;
  subscriber.on('message', (_channel: string, text: string) => {
    const told = parse(text);
    const run = told === null ? undefined : runs.find(told.queue, told.id);
    if (told !== null && run !== undefined) abort(run, told.by);
  });
  subscriber.subscribe(keys.cancelChannel).catch((error: unknown) => {
    log.warn({ err: error }, 'cancellations are not heard at once, only looked for');
  });
  const timer = setInterval(() => void lookAll(options).catch(() => undefined), lookAgainMs);
  timer.unref();
  return {
    async check(queue, id) {
      const flag = await redis.get(keys.cancel(queue, id));
      if (flag !== null) throw abortReasons.cancelled(parse(flag)?.by ?? 'somebody');
    },
    forget: async (queue, id) => void (await redis.del(keys.cancel(queue, id))),
    close: () => clearInterval(timer),
  };
}

async function lookAll({ redis, keys, runs }: CancellationOptions): Promise<void> {
  const running = runs.all();
  if (running.length === 0) return;
  const flags = await redis.mget(running.map((run) => keys.cancel(run.queue, run.id)));
  for (const [index, run] of running.entries()) {
    const flag = flags[index] ?? null;
    if (flag !== null) abort(run, parse(flag)?.by ?? 'somebody');
  }
}

function abort(run: Run, by: string): void {
  run.controller.abort(abortReasons.cancelled(by));
}

function parse(text: string): z.infer<typeof Cancellation> | null {
  try {
    return Cancellation.parse(JSON.parse(text));
  } catch {
    return null;
  }
}
