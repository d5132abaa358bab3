import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { JobName, JobPayload, JobView } from '@sagekeep/contracts';
import { createJobs, type Jobs, loadConfiguration, workerNodeOptions } from '@sagekeep/runtime';
import { createFolderStorage, createVault, type Vault } from '@sagekeep/storage';
import { inState, quiet } from '../../faults/queue/harness.ts';
import { waitFor } from '../../support/events.ts';
import { spawnNode } from '../../support/processes.ts';
import { redisUrl, uniquePrefix } from '../../support/servers.ts';

const program = join(import.meta.dirname, '../../../apps/worker/src/main.ts');

export interface WorkerBench extends AsyncDisposable {
  readonly pid: number;
  readonly jobs: Jobs;
  readonly vault: Vault;
  readonly storage: string;
  /** Adds a job and resolves with its end, whatever that is. */
  end<N extends JobName>(name: N, payload: JobPayload<N>): Promise<JobView>;
  /** Its result; throws when it failed. */
  done<N extends JobName>(name: N, payload: JobPayload<N>): Promise<unknown>;
}

/** A real worker process with a configuration, as it stands in sagekeep.yaml; all else is its own. */
export async function startWorker(
  folder: string,
  configuration: object,
  redis = redisUrl(),
): Promise<WorkerBench> {
  const file = join(folder, 'sagekeep.yaml');
  writeFileSync(file, JSON.stringify(configuration));
  const storage = join(folder, 'backups');
  const environment = {
    SAGEKEEP_CONFIG: file,
    REDIS_URL: redis,
    SAGEKEEP_PREFIX: uniquePrefix(),
    SAGEKEEP_STORAGE: storage,
    ...('logs' in configuration ? {} : { SAGEKEEP_LOGS: '' }),
    SAGEKEEP_BACKOFF_FACTOR: '0.01',
  };
  const jobs = createJobs(loadConfiguration({ environment, cwd: folder }), quiet);
  const worker = spawnNode(program, { env: environment, cwd: folder, nodeOptions: workerNodeOptions });
  await worker.line(/the worker is ready/);
  await waitFor(() => jobs.ready());
  const end: WorkerBench['end'] = async (name, payload) =>
    inState(jobs, await jobs.add(name, payload), 'completed', 'failed');
  return {
    pid: worker.pid,
    jobs,
    storage,
    vault: createVault({ storage: createFolderStorage({ folder: storage }), now: () => new Date() }),
    end,
    async done(name, payload) {
      const { error, result } = await end(name, payload);
      if (error !== null) throw new Error(`${name} failed: ${error.code} ${error.message}`);
      return result;
    },
    async [Symbol.asyncDispose]() {
      await jobs.close();
      await worker.kill();
    },
  };
}
