import type { ChannelConfig, Proof } from '@sagekeep/contracts';
import type { Vault } from '@sagekeep/storage';
import { runId } from '../alert/channels/healthchecks.ts';
import type { Enqueue } from './announce.ts';
import type { EndedJob, JobError } from './observeJobs.ts';

export interface RunPingDependencies {
  readonly vault: Vault;
  readonly channels: readonly ChannelConfig[];
  readonly now: () => Date;
  readonly enqueue: Enqueue;
}

/** What dead-man's switches hear of the runs of backups. None of it throws: a ping that is missing is their alarm. */
export interface RunPings {
  started(job: EndedJob): Promise<void>;
  completed(job: EndedJob, result: unknown): Promise<void>;
  failed(job: EndedJob, error: JobError): Promise<void>;
}

type RunEvent = 'run-started' | 'run-succeeded' | 'run-failed';
type Healthchecks = Extract<ChannelConfig, { kind: 'healthchecks' }>;
type Listening = (channel: Healthchecks) => boolean;

/** A run succeeds when its backup is made; for channels with `provenOnly`, when that backup is proven. */
export function createRunPings({ vault, channels, now, enqueue }: RunPingDependencies): RunPings {
  const switches = channels.filter((channel) => channel.kind === 'healthchecks');
  const everyone: Listening = () => true;

  async function tell(
    event: RunEvent,
    run: { job: string; database: string },
    listening: Listening,
  ): Promise<void> {
    const incident = `run-${runId(run.job)}`;
    for (const { name: channel } of switches.filter(listening)) {
      // A job that a person runs again pings again: the moment is part of the key.
      const payload = { incident, channel, event, at: now().toISOString(), run };
      await enqueue(payload, `${incident}:${event}:${payload.at}:${channel}`).catch(() => undefined);
    }
  }

  /** The backup job that a proof belongs to. */
  async function runOf(job: EndedJob): Promise<{ job: string; database: string } | null> {
    if (job.name === 'backup') return { job: job.id, database: String(job.payload['database']) };
    if (job.name !== 'prove' || job.payload['backup'] === 'latest') return null;
    const backup = await vault.catalogue.get(String(job.payload['backup'])).catch(() => null);
    return backup === null ? null : { job: backup.manifest.jobId, database: backup.manifest.database };
  }

  return {
    async started(job) {
      const run = job.name === 'backup' ? await runOf(job) : null;
      if (run !== null) await tell('run-started', run, everyone);
    },
    async completed(job, result) {
      const run = await runOf(job);
      if (run === null) return;
      const proof = (result as { proof?: Proof } | null)?.proof;
      if (job.name === 'backup') await tell('run-succeeded', run, ({ provenOnly }) => !provenOnly);
      else if (proof?.result === 'failed') await tell('run-failed', run, everyone);
      else await tell('run-succeeded', run, ({ provenOnly }) => provenOnly);
    },
    async failed(job) {
      const run = await runOf(job);
      if (run !== null) await tell('run-failed', run, everyone);
    },
  };
}
