import { join } from 'node:path';
import { type Job, Worker } from 'bullmq';
import { Redis } from 'ioredis';
import { run } from '../../../apps/cli/src/app.ts';
import { type TestWorld, testWorld } from '../../../apps/cli/src/testing/world.ts';
import { startApi, type TestApi, tokens } from '../api/harness.ts';

/** The real API, listening, and a command line that is told of it by the environment. */
export interface Online extends AsyncDisposable {
  readonly api: TestApi;
  readonly url: string;
  /** Runs one command line; what it wrote and its exit code. */
  sagekeep(argv: readonly string[], world?: Partial<TestWorld>): Promise<Said>;
  /** A BullMQ worker of the test's own on one of the API's queues. */
  work(queue: string, processor: (job: Job) => Promise<unknown>): Promise<void>;
}

export interface Said {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

export async function goOnline(): Promise<Online> {
  const api = await startApi();
  const url = await api.app.listen({ host: '127.0.0.1', port: 0 });
  const workers: AsyncDisposable[] = [];
  const environment = { SAGEKEEP_URL: url, SAGEKEEP_TOKEN: tokens.operator };
  return {
    api,
    url,
    sagekeep: (argv, given = {}) => say(argv, testWorld({ environment, root: '/nonexistent', ...given })),
    work: async (queue, processor) => {
      const { url: redis, prefix } = api.configuration.redis;
      const connection = new Redis(redis, { maxRetriesPerRequest: null });
      const worker = new Worker(queue, processor, { connection, prefix });
      workers.push({
        [Symbol.asyncDispose]: async () => {
          await worker.close();
          connection.disconnect();
        },
      });
      await worker.waitUntilReady();
    },
    async [Symbol.asyncDispose]() {
      for (const worker of workers) await worker[Symbol.asyncDispose]();
      await api[Symbol.asyncDispose]();
    },
  };
}

export async function say(argv: readonly string[], world: TestWorld): Promise<Said> {
  const code = await run(argv, world);
  return { code, ...world.written() };
}

export const repository = join(import.meta.dirname, '../../..');
