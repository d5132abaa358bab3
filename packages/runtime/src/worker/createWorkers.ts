import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import { type Configuration, isJobName, type JobName, type Log, QueueName } from '@sagekeep/contracts';
import { createRedisBackend, isNotConnectionError, type Queue } from 'bullmq';
import type { Redis } from 'ioredis';
import { createScrubber } from '../logger/scrub.ts';
import { AnyQueue, AnyWorker } from '../queues/anyJob.ts';
import { createKeys } from '../queues/keys.ts';
import { backoffDelay } from '../queues/options.ts';
import { readableBackend } from '../queues/readableBackend.ts';
import { configuredFormats } from '../queues/sameRequest.ts';
import { connectWaiting } from '../redis/connect.ts';
import { repeatSettings } from '../schedules/strategy.ts';
import { createBorder } from './borders.ts';
import { watchCancellations } from './cancellations.ts';
import { createCrashCounter } from './crashes.ts';
import { startHeartbeat } from './heartbeat.ts';
import { type JobHooks, noHooks } from './hooks.ts';
import { createProcessor, type ProcessorOptions } from './processor.ts';
import type { JobRegistry } from './registry.ts';
import { createRuns } from './runs.ts';
import { stopWorkers } from './stop.ts';
import { createWaitClock } from './waits.ts';

const limitAgainMs = 60_000;

export interface WorkersOptions {
  readonly configuration: Configuration;
  readonly log: Log;
  readonly registry: JobRegistry;
  readonly hooks?: JobHooks;
  /** How long an attempt may take, in ms, where it is to differ from the catalogue. */
  readonly timeouts?: Readonly<Partial<Record<JobName, number>>>;
  /** Shown in Bull Board and in the status; default `<host>-<random>`. */
  readonly name?: string;
}

/** The workers of this process, one per queue. They take jobs from the moment they are created. */
export interface Workers {
  readonly name: string;
  /** Resolves when Redis answered and jobs can be taken. */
  ready(): Promise<void>;
  /**
   * Stops taking jobs, gives running ones their grace, then aborts them and hands them back without using an attempt.
   * Resolves when their children are dead and everything is closed. `now` skips the grace.
   */
  stop(how?: { now?: boolean }): Promise<void>;
}

/** Connects in the background; `ready` says when. Whoever creates them stops them. */
export function createWorkers(options: WorkersOptions): Workers {
  const { configuration, registry } = options;
  const name = options.name ?? `${hostname()}-${randomBytes(3).toString('hex')}`;
  const log = options.log.child({ worker: name });
  const { url, prefix } = configuration.redis;
  const keys = createKeys(prefix);
  const redis = connectWaiting({ url, name: 'worker', log });
  const subscriber = connectWaiting({ url, name: 'cancellations', log });
  const runs = createRuns();
  const cancellations = watchCancellations({ redis, subscriber, keys, runs, log });
  const heartbeat = startHeartbeat(redis, keys, name);
  const stopping = { begun: false };
  const shared: Omit<ProcessorOptions, 'queue' | 'queueName'> = {
    registry,
    hooks: options.hooks ?? noHooks,
    timeouts: options.timeouts ?? {},
    runs,
    cancellations,
    log,
    crashes: createCrashCounter(redis, keys),
    waits: createWaitClock(redis, keys),
    border: createBorder(configuration.queues.borders ?? null),
    lockMs: configuration.queues.lockMs,
    backoffFactor: configuration.queues.backoffFactor,
    longestWaitMs: configuration.queues.longestWaitMs,
    formats: (database) => configuredFormats(configuration, database),
    scrub: createScrubber(configuration.secrets),
    stopping: () => stopping.begun,
  };
  const backend = readableBackend(createRedisBackend);
  const queues = QueueName.options.map(
    (queue) => new AnyQueue(queue, { connection: redis, prefix }, backend),
  );
  const workers = queues.map((queue) => {
    const queueName = queue.name as QueueName;
    queue.on('error', () => undefined);
    const processor = createProcessor({ ...shared, queue, queueName });
    const worker = new AnyWorker(
      queueName,
      processor,
      workerOptions(configuration, { name, queueName, redis }),
      backend,
    );
    worker.on('error', (error) => tellTrouble(log, queueName, error));
    return worker;
  });
  const limit = keepRestoresLimited({ queues, configuration, redis, log });

  return {
    name,
    async ready() {
      await limit.set;
      await Promise.all(workers.map((worker) => worker.waitUntilReady()));
    },
    stop: (how = {}) => {
      stopping.begun = true;
      return stopWorkers({
        workers,
        queues,
        runs,
        log,
        graceMs: how.now === true ? 0 : configuration.queues.shutdownGraceMs,
        killGraceMs: configuration.queues.killGraceMs,
        async close() {
          limit.stop();
          cancellations.close();
          await heartbeat.stop();
          subscriber.disconnect();
          redis.disconnect();
        },
      });
    },
  };
}

function workerOptions(
  configuration: Configuration,
  about: { name: string; queueName: QueueName; redis: ReturnType<typeof connectWaiting> },
) {
  const { queues, redis } = configuration;
  return {
    connection: about.redis,
    prefix: redis.prefix,
    name: about.name,
    concurrency: queues.concurrency[about.queueName] ?? 1,
    lockDuration: queues.lockMs,
    stalledInterval: queues.stalledIntervalMs,
    // Each run renews its own lock, see keepLease; crashes are counted by createCrashCounter.
    skipLockRenewal: true,
    maxStalledCount: Number.MAX_SAFE_INTEGER,
    settings: {
      ...repeatSettings,
      backoffStrategy(attemptsMade: number, _type?: string, _error?: Error, job?: { name: string }) {
        if (job === undefined || !isJobName(job.name)) return -1;
        return backoffDelay(job.name, attemptsMade, {
          factor: queues.backoffFactor,
          random: Math.random(),
        });
      },
    },
  };
}

/** The connection's own troubles are told once, where it is made. */
function tellTrouble(log: Log, queue: QueueName, error: Error): void {
  const facts = { err: error, queue };
  if (isNotConnectionError(error)) log.warn(facts, 'BullMQ reports trouble');
  else log.debug(facts, 'BullMQ misses Redis');
}

/**
 * One restore at a time in the whole fleet, unless more are configured; said again every minute, for a Redis that lost
 * its data. It spares waiting: the locks that matter are in the server.
 */
function keepRestoresLimited(about: {
  queues: readonly Queue[];
  configuration: Configuration;
  redis: Redis;
  log: Log;
}): { set: Promise<void>; stop(): void } {
  const { queues, configuration, redis, log } = about;
  const restore = queues.find((queue) => queue.name === 'restore');
  const limit = async () => {
    await restore?.setGlobalConcurrency(configuration.queues.concurrency['restore'] ?? 1);
  };
  const quietly = (work: Promise<void>) =>
    work.catch((error: unknown) => log.warn({ err: error }, 'restores could not be limited'));
  const timer = setInterval(() => {
    if (redis.status === 'ready') void quietly(limit());
  }, limitAgainMs);
  timer.unref();
  return { set: quietly(limit()), stop: () => clearInterval(timer) };
}
