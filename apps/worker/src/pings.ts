import { type ChannelConfig, jobCatalogue } from '@sagekeep/contracts';
import type { HookedJob } from '@sagekeep/runtime';
import { pingRun, type Run } from '@sagekeep/watch';
import type { WorkerDependencies } from './dependencies.ts';

type Healthchecks = Extract<ChannelConfig, { kind: 'healthchecks' }>;

const pingMs = 5_000;

/** healthchecks.io hears of each backup: its start, its end, its failure. It tells people when it hears nothing. */
export interface Pings {
  started(job: HookedJob): Promise<void>;
  completed(job: HookedJob, result: unknown): Promise<void>;
  failed(job: HookedJob): Promise<void>;
}

export function createPings({ configuration, jobs, vault, log }: WorkerDependencies): Pings {
  const channels = configuration.alerts.channels.filter((channel) => channel.kind === 'healthchecks');

  async function ping(to: readonly Healthchecks[], run: Omit<Run, 'log'>, story: HookedJob): Promise<void> {
    if (to.length === 0) return;
    const { queue } = jobCatalogue[story.name];
    const text = await jobs.get(queue, story.id).then(
      (view) => view.log.join('\n'),
      () => '',
    );
    for (const channel of to) {
      try {
        await pingRun(channel, { ...run, log: text }, AbortSignal.timeout(pingMs));
      } catch (error) {
        log.warn({ err: error, channel: channel.name, event: run.event }, 'a ping was not taken');
      }
    }
  }

  /** `success` waits for the proof where a channel is configured so. */
  async function completed(job: HookedJob, result: unknown): Promise<void> {
    if (job.name === 'backup') {
      const soon = channels.filter(({ provenOnly }) => !provenOnly);
      await ping(soon, { event: 'success', jobId: job.id, database: databaseOf(job) }, job);
    }
    if (job.name !== 'prove' || job.payload['drill'] === true) return;
    const proven = jobCatalogue.prove.result.safeParse(result);
    if (!proven.success || proven.data.status !== 'pass') return;
    const late = channels.filter(({ provenOnly }) => provenOnly);
    if (late.length === 0) return;
    const { manifest } = await vault.catalogue.get(String(job.payload['backup']));
    await ping(late, { event: 'success', jobId: manifest.jobId, database: manifest.database }, job);
  }

  return {
    completed,
    async started(job) {
      if (job.name !== 'backup') return;
      await ping(channels, { event: 'start', jobId: job.id, database: databaseOf(job) }, job);
    },
    async failed(job) {
      if (job.name !== 'backup') return;
      await ping(channels, { event: 'fail', jobId: job.id, database: databaseOf(job) }, job);
    },
  };
}

function databaseOf({ payload }: HookedJob): string {
  return String(payload['database'] ?? 'all');
}
