import { isJson } from '@sagekeep/contracts';
import { Job, type JobJson, type JobProgress, Queue, Worker } from 'bullmq';

type JobQueue = Parameters<typeof Job.fromJSON>[0];

/**
 * A job whoever put it into Redis. BullMQ's own throws where it meets data that is no JSON: its worker has taken the job by
 * then and never ends it, and no list that it is in can be read.
 */
class AnyJob<T, R, N extends string, P extends JobProgress> extends Job<T, R, N, P> {
  static override fromJSON<T, R, N extends string>(
    queue: JobQueue,
    json: JobJson,
    id?: string,
  ): Job<T, R, N> {
    const timestamp = Number.isFinite(json.timestamp) ? json.timestamp : 0;
    const data = isJson(json.data) ? json.data : 'null';
    // biome-ignore lint/complexity/noThisInStatic: it makes an object of the class it is called on.
    return super.fromJSON(queue, { ...json, name: json.name ?? '', timestamp, data }, id);
  }
}

/** BullMQ's queue; the data of a job that cannot be parsed reads as null. */
export class AnyQueue extends Queue {
  protected override get Job(): typeof Job {
    return AnyJob;
  }
}

/** BullMQ's worker; its processor gets null for data that cannot be parsed, and has to refuse it. */
export class AnyWorker extends Worker {
  protected override get Job(): typeof Job {
    return AnyJob;
  }
}
