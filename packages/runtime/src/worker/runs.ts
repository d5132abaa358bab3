import type { QueueName, SagekeepError } from '@sagekeep/contracts';

/** One run of a job in this process, from its start until its children are dead. */
export interface Run {
  readonly queue: QueueName;
  readonly id: string;
  readonly controller: AbortController;
  /** Resolves when the run has ended; never rejects. */
  readonly ended: Promise<void>;
  end(): void;
}

/** What runs in this process. A job id is in it at most once: BullMQ alone would start one twice after an outage. */
export interface Runs {
  find(queue: QueueName, id: string): Run | undefined;
  /** Throws when that job is running already. */
  begin(queue: QueueName, id: string): Run;
  all(): Run[];
  abortAll(reason: SagekeepError): void;
  /** Resolves when nothing runs. */
  idle(): Promise<void>;
}

export function createRuns(): Runs {
  const running = new Map<string, Run>();
  const keyOf = (queue: QueueName, id: string) => `${queue}/${id}`;
  return {
    find: (queue, id) => running.get(keyOf(queue, id)),
    begin(queue, id) {
      const key = keyOf(queue, id);
      if (running.has(key)) throw new Error(`the job ${key} is already running here`);
      const { promise, resolve } = Promise.withResolvers<void>();
      const end = () => {
        running.delete(key);
        resolve();
      };
      const run: Run = { queue, id, controller: new AbortController(), ended: promise, end };
      running.set(key, run);
      return run;
    },
    all: () => [...running.values()],
    abortAll: (reason) => {
      for (const run of running.values()) run.controller.abort(reason);
    },
    async idle() {
      while (running.size > 0) await Promise.all([...running.values()].map((run) => run.ended));
    },
  };
}
