import type { QueueName } from '@sagekeep/contracts';

/** Our own keys in Redis, beside BullMQ's. All of them may be lost without harm to a backup. */
export interface Keys {
  /** Set while a job is to be cancelled. */
  cancel(queue: QueueName, id: string): string;
  /** How often a job was started without coming to an orderly end. */
  crashes(queue: QueueName, id: string): string;
  /** Since when a job waits politely for another one. */
  waits(queue: QueueName, id: string): string;
  /** The job that a repeated request with the same key is answered with, when that request joined another job. */
  joined(id: string): string;
  /** Where cancellations are told. */
  readonly cancelChannel: string;
  /** Workers by the time of their last heartbeat. */
  readonly workers: string;
}

export function createKeys(prefix: string): Keys {
  return {
    cancel: (queue, id) => `${prefix}:cancel:${queue}:${id}`,
    crashes: (queue, id) => `${prefix}:crashes:${queue}:${id}`,
    waits: (queue, id) => `${prefix}:waits:${queue}:${id}`,
    joined: (id) => `${prefix}:joined:${id}`,
    cancelChannel: `${prefix}:cancel`,
    workers: `${prefix}:workers`,
  };
}
