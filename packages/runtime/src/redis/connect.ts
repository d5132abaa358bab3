import { setTimeout as wait } from 'node:timers/promises';
import type { Log } from '@sagekeep/contracts';
import { Redis, type RedisOptions } from 'ioredis';

/** How a process speaks with Redis. `name` is what `CLIENT LIST` shows. */
export interface ConnectOptions {
  readonly url: string;
  readonly name: string;
  readonly log: Log;
}

const infoAgainMs = 20;

function reconnectAfter(times: number): number {
  return Math.min(50 * 2 ** Math.min(times, 5), 1_000);
}

function connect(options: ConnectOptions, details: RedisOptions): Redis {
  const redis = new Redis(options.url, {
    connectionName: `sagekeep-${options.name}`,
    connectTimeout: 3_000,
    retryStrategy: reconnectAfter,
    ...details,
  });
  tellOutages(redis, options);
  return redis;
}

/** One line when Redis goes away and one when it is back, however often the connection is tried in between. */
function tellOutages(redis: Redis, { log, name }: ConnectOptions): void {
  let away = false;
  redis.on('error', (error: Error) => {
    if (!away) log.warn({ err: error, connection: name }, 'Redis does not answer');
    away = true;
  });
  redis.on('ready', () => {
    if (away) log.info({ connection: name }, 'Redis answers again');
    away = false;
  });
}

/**
 * For those who must answer at once (API, CLI): a command fails the moment the connection is away, and none is ever
 * kept or sent again later.
 */
export function connectFailingFast(options: ConnectOptions): Redis {
  const redis = connect(options, {
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    autoResendUnfulfilledCommands: false,
  });
  return withPatientInfo(redis);
}

/** For those who work (workers, followers of events): commands wait until Redis is back. */
export function connectWaiting(options: ConnectOptions): Redis {
  return connect(options, { maxRetriesPerRequest: null });
}

/**
 * BullMQ asks INFO once when it meets a connection; were that answer lost in a short outage, its queue would stay
 * unusable for good.
 */
function withPatientInfo(redis: Redis): Redis {
  const info = redis.info.bind(redis) as (...sections: string[]) => Promise<string>;
  const patient = async (...sections: string[]): Promise<string> => {
    for (;;) {
      try {
        return await info(...sections);
      } catch (error) {
        // A connection whose socket has just closed says that it is ready until the event loop gets to hear of it.
        await wait(infoAgainMs);
        if (redis.status === 'end') throw error;
        if (redis.status !== 'ready') await new Promise((resolve) => redis.once('ready', resolve));
      }
    }
  };
  return Object.assign(redis, { info: patient });
}
