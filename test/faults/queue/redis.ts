/** BullMQ's keys that faults are made with. */
export function createQueueKeys(prefix: string, queue: string) {
  return { lock: (id: string) => `${prefix}:${queue}:${id}:lock` };
}
