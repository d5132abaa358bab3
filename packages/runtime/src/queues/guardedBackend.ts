import { type BackendFactory, createRedisBackend, type RedisQueueBackend } from 'bullmq';
import type { Gate } from '../redis/gate.ts';

/** BullMQ's commands after which something would run that does not run yet, or not run any more. */
const guarded = new Set([
  'addStandardJob',
  'addDelayedJob',
  'addPrioritizedJob',
  'addParentJob',
  'addJobScheduler',
  'updateJobScheduler',
  'removeJobScheduler',
  'reprocessJob',
  'removeJob',
  'promote',
  'moveJobsToWait',
]);

/**
 * BullMQ's Redis backend, with every such command sent through the gate: whoever uses such a queue (the API,
 * Bull Board) cannot enqueue or remove late.
 */
export function guardedBackend(gate: Gate): BackendFactory<RedisQueueBackend> {
  return (name, options, details) => {
    const backend = createRedisBackend(name, options, details);
    const plain = backend.execCommand.bind(backend);
    backend.execCommand = (client, command, args) => {
      const isConnection = 'status' in client;
      if (!isConnection || !guarded.has(command)) return plain(client, command, args);
      return gate.run((transaction) => plain(transaction, command, args));
    };
    return backend;
  };
}
