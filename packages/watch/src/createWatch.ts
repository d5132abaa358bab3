import type {
  AlertConfig,
  DatabaseConfig,
  DeliverJobResult,
  DeliverPayload,
  Finding,
  FindingStatus,
} from '@sagekeep/contracts';
import type { Vault } from '@sagekeep/storage';
import { deliver } from './alert/deliver.ts';
import { examineBackup, settleSuspects } from './anomaly/examineBackup.ts';
import { createIncidents, type Incidents } from './incident/incidents.ts';
import { createJobObserver, type EndedJob, type JobObserver } from './incident/observeJobs.ts';
import { createRunPings } from './incident/runPings.ts';
import type { DiskFacts, MonitorFacts } from './monitor/facts.ts';
import { monitorFindings } from './monitor/monitorFindings.ts';
import { diskHistory, keepLook, worst } from './monitor/observations.ts';
import { collectStatus } from './status/collectStatus.ts';

export interface WatchDependencies {
  readonly vault: Vault;
  readonly databases: readonly DatabaseConfig[];
  readonly alerts: AlertConfig;
  readonly now: () => Date;
  /** Adds a `deliver` job; the same key must add the same job once. */
  readonly enqueue: (payload: DeliverPayload, idempotencyKey: string) => Promise<unknown>;
  /** What the job of a backup has logged so far; shown beside the ping of its run. */
  readonly story?: (job: string) => Promise<string>;
}

/** What a look of the monitor is given besides what the storage tells. */
export interface Look extends Pick<MonitorFacts, 'redis' | 'queues' | 'workers'> {
  /** Findings of the quick checks, titled `<database>: <title>`. */
  readonly verified: readonly Finding[];
  /** The server's own disk, where somebody can see it. */
  readonly data?: Omit<DiskFacts, 'id' | 'history'>;
}

/** Everything that watches, wired. The worker calls it where jobs start and end. */
export interface Watch {
  readonly incidents: Incidents;
  /** Hears of jobs: what failed for good, what is done, and, for dead-man's switches, what has started. */
  readonly jobs: JobObserver & { started(job: EndedJob): Promise<void> };
  /** The body of a `deliver` job. */
  deliver(payload: DeliverPayload, signal: AbortSignal): Promise<DeliverJobResult>;
  /** After each backup: marks it suspect when history does not explain it. Resolves with the reasons. */
  examineBackup(id: string): Promise<string[]>;
  /** The body of a `monitor` job, once the facts are gathered; its result, observed, opens and resolves incidents. */
  look(look: Look): Promise<{ status: FindingStatus; findings: Finding[] }>;
}

export function createWatch(deps: WatchDependencies): Watch {
  const { vault, databases, alerts, now } = deps;
  const channels = alerts.channels.map(({ name }) => name);
  const incidents = createIncidents({ ...deps, channels, remindAfterMs: alerts.remindAfterMs });
  const observer = createJobObserver(incidents);
  const pings = createRunPings({ ...deps, channels: alerts.channels });
  return {
    incidents,
    jobs: {
      started: pings.started,
      async completed(job, result) {
        await pings.completed(job, result);
        await observer.completed(job, result);
      },
      async failed(job, error) {
        await pings.failed(job, error);
        await observer.failed(job, error);
      },
    },
    deliver: (payload, signal) => deliver(payload, { ...deps, channels: alerts.channels, signal }),
    examineBackup: (id) => examineBackup(id, { vault, incidents, now }),
    async look(look) {
      const at = now();
      const facts = { ...look, disks: await disksOf(vault, look), databases: await statuses(deps), now: at };
      const findings = [...look.verified, ...monitorFindings(facts)];
      await keepLook(vault, facts, findings);
      await settleSuspects(
        databases.map(({ name }) => name),
        { vault, incidents },
      );
      await incidents.tend();
      return { status: worst(findings), findings };
    },
  };
}

async function statuses({ vault, databases, now }: WatchDependencies): Promise<MonitorFacts['databases']> {
  return (await collectStatus({ vault, configuration: { databases }, now: now() })).databases;
}

async function disksOf(vault: Vault, { data }: Look): Promise<DiskFacts[]> {
  const { location } = vault.storage;
  const space = await vault.storage.space();
  return [
    ...(space === null
      ? []
      : [{ id: 'storage' as const, location, ...space, history: await diskHistory(vault, 'storage') }]),
    ...(data === undefined
      ? []
      : [{ id: 'data' as const, ...data, history: await diskHistory(vault, 'data') }]),
  ];
}
