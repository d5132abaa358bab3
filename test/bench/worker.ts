import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { BackupJobResult, type JobView } from '@sagekeep/contracts';
import { startWorker, type WorkerBench } from '../integration/worker/harness.ts';

export interface WorkerPlace {
  readonly redis: string;
  /** An existing folder for the worker's storage. */
  readonly work: string;
}

export interface Taken {
  readonly backup: string;
  readonly ms: number;
  readonly phases: Readonly<Record<string, number>>;
}

/** A worker process with a storage of its own, whose one database is `url`; `await using` ends it and removes all. */
export interface BenchWorker extends AsyncDisposable {
  /** Takes one backup by a job; the times are the job's own and its manifest's. */
  take(): Promise<Taken>;
  /** The most memory the process has held since it started: VmHWM, without the client tools it runs. */
  peakBytes(): number;
}

/** Backups are not proven here, so that what is measured is a backup alone. */
export async function startBenchWorker({ redis, work }: WorkerPlace, url: string): Promise<BenchWorker> {
  const folder = mkdtempSync(join(work, 'worker-'));
  const worker = await startWorker(
    folder,
    { databases: { bench: { url, proof: { when: 'never' } } } },
    redis,
  );
  return {
    async take() {
      const job = await ended(
        worker,
        await worker.jobs.add('backup', { database: 'bench', reason: 'manual', by: 'bench' }),
      );
      if (job.error !== null) throw new Error(`the backup failed: ${job.error.message}`);
      const { backup } = BackupJobResult.parse(job.result);
      const { manifest } = await worker.vault.catalogue.get(backup);
      const ms = Date.parse(job.finishedAt ?? '') - Date.parse(job.startedAt ?? '');
      return { backup, ms, phases: manifest.timings };
    },
    peakBytes: () => peakBytesOf(worker.pid),
    async [Symbol.asyncDispose]() {
      await worker[Symbol.asyncDispose]();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function ended({ jobs }: WorkerBench, { queue, id }: JobView): Promise<JobView> {
  for await (const event of jobs.follow(queue, id, AbortSignal.timeout(3_600_000))) {
    if (event.type === 'completed' || event.type === 'failed') return event.job;
  }
  throw new Error('an hour passed before the end of the backup');
}

function peakBytesOf(pid: number): number {
  const line = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
  if (line === null) throw new Error(`the kernel tells no VmHWM of process ${pid}`);
  return Number(line[1]) * 1024;
}
