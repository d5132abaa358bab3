import type { ChannelConfig, DatabaseConfig, Proof } from '@sagekeep/contracts';
import type { Vault } from '@sagekeep/storage';
import { runId } from '../alert/channels/healthchecks.ts';
import type { Enqueue } from './announce.ts';
import type { EndedJob, JobError } from './observeJobs.ts';

export interface RunPingDependencies {
  readonly vault: Vault;
  readonly databases: () => Promise<readonly DatabaseConfig[]>;
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

/** Whose run it is, and of when its backup is, once there is one. */
interface Run {
  readonly job: string;
  readonly database: string;
  readonly snapshotAt?: string;
}

/**
 * A run succeeds when its backup is made; for channels with `provenOnly`, when that backup is proven while it is still within
 * the RPO: a switch that an old proof keeps quiet would say nothing of the newest backups.
 */
export function createRunPings({ vault, databases, channels, now, enqueue }: RunPingDependencies): RunPings {
  const switches = channels.filter((channel) => channel.kind === 'healthchecks');
  const everyone: Listening = () => true;

  async function tell(event: RunEvent, { job, database }: Run, listening: Listening): Promise<void> {
    const incident = `run-${runId(job)}`;
    for (const { name: channel } of switches.filter(listening)) {
      // A job that a person runs again pings again: the moment is part of the key.
      const payload = { incident, channel, event, at: now().toISOString(), run: { job, database } };
      await enqueue(payload, `${incident}:${event}:${payload.at}:${channel}`).catch(() => undefined);
    }
  }

  /** The backup job that a proof belongs to. */
  async function runOf(job: EndedJob): Promise<Run | null> {
    if (job.name === 'backup') return { job: job.id, database: String(job.payload['database']) };
    if (job.name !== 'prove' || job.payload['backup'] === 'latest') return null;
    const backup = await vault.catalogue.get(String(job.payload['backup'])).catch(() => null);
    if (backup === null) return null;
    const { jobId, database, snapshotAt } = backup.manifest;
    return { job: jobId, database, snapshotAt };
  }

  /** A database that cannot be looked up is no reason for an alarm. */
  async function isFreshEnough({ database, snapshotAt }: Run): Promise<boolean> {
    const config = (await databases().catch(() => [])).find(({ name }) => name === database);
    if (config === undefined || snapshotAt === undefined) return true;
    return now().getTime() - Date.parse(snapshotAt) <= config.rpoMs;
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
      else if (await isFreshEnough(run)) await tell('run-succeeded', run, ({ provenOnly }) => provenOnly);
    },
    async failed(job) {
      const run = await runOf(job);
      if (run !== null) await tell('run-failed', run, everyone);
    },
  };
}
