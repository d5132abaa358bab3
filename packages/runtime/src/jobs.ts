import type { JobName, JobPayload, JobState, JobView, QueueName } from '@sagekeep/contracts';
import type { Queue } from 'bullmq';

/** What a follower of a job hears, in order. The last event is `completed` or `failed`; only its job has its log. */
export type JobEvent =
  | { readonly type: 'state'; readonly job: JobView }
  | { readonly type: 'progress'; readonly job: JobView }
  | { readonly type: 'log'; readonly line: string }
  | { readonly type: 'completed'; readonly job: JobView }
  | { readonly type: 'failed'; readonly job: JobView };

export interface AddOptions {
  /** A repeated add with the same key returns the first job, whatever its state. */
  readonly idempotencyKey?: string;
  readonly delayMs?: number;
}

/**
 * The client side of the queues: what the API and the CLI's administrators do with jobs. Fails with `QUEUE_UNAVAILABLE`
 * when Redis has been silent for a second (a busy one is waited for, 5 s at most), and what failed so is never enqueued
 * later.
 */
export interface Jobs {
  /** Adds a job as the catalogue says (attempts, back-off, removal, deduplication) and returns the job that will run. */
  add<N extends JobName>(name: N, payload: JobPayload<N>, options?: AddOptions): Promise<JobView>;
  /** Throws `UNKNOWN_JOB`. */
  get(queue: QueueName, id: string): Promise<JobView>;
  /** Newest first. */
  list(filter: {
    queue?: QueueName;
    state?: JobState;
    limit?: number;
    cursor?: string;
  }): Promise<{ items: JobView[]; nextCursor?: string }>;
  /** Runs a failed job again, with its automatic retries. Throws `JOB_NOT_RETRYABLE`. */
  retry(queue: QueueName, id: string): Promise<JobView>;
  /** Removes a waiting or a failed job, or aborts a running one wherever it runs. Throws `JOB_NOT_CANCELLABLE`. */
  cancel(queue: QueueName, id: string, by: string): Promise<JobView>;
  /** Starts with the present state; log lines are read when progress moves or once a second. */
  follow(queue: QueueName, id: string, signal: AbortSignal): AsyncIterable<JobEvent>;
  counts(): Promise<Record<QueueName, Record<string, number>>>;
  /** Workers whose heartbeat is fresh. */
  workers(): Promise<{ name: string; seenAt: Date }[]>;
  /** Whether Redis answers right now. Never throws. */
  ready(): boolean;
  /** BullMQ's own objects, for Bull Board. By themselves they wait for a silent Redis as long as it takes. */
  queue(name: QueueName): Queue;
  /** Work on those objects, with the time limits of everything else here. */
  ask<T>(work: () => Promise<T>): Promise<T>;
  close(): Promise<void>;
}
