import type {
  AlertConfig,
  DatabaseConfig,
  DeliverJobResult,
  DeliverPayload,
  Finding,
  FindingStatus,
} from '@sagekeep/contracts';
import type { Vault } from '@sagekeep/storage';
import { type AskedChannels, createAskedChannels } from './alert/askChannels.ts';
import { deliver } from './alert/deliver.ts';
import { examineBackup } from './anomaly/examineBackup.ts';
import type { Enqueue } from './incident/announce.ts';
import { createIncidents, type Incidents } from './incident/incidents.ts';
import { createJobObserver, type EndedJob, type JobObserver } from './incident/observeJobs.ts';
import { createRunPings } from './incident/runPings.ts';
import { type ContainerMoment, keepMoment } from './monitor/containers.ts';
import { heardUntil } from './monitor/heardUntil.ts';
import { type Look, lookOver } from './monitor/look.ts';

export interface WatchDependencies {
  readonly vault: Vault;
  /** Every database that is known at that moment. */
  readonly databases: () => Promise<readonly DatabaseConfig[]>;
  /**
   * The same, but throws rather than leave one out: an incident of a database that is not known any more ends. Left out,
   * `databases`.
   */
  readonly known?: () => Promise<readonly DatabaseConfig[]>;
  readonly alerts: AlertConfig;
  readonly now: () => Date;
  readonly enqueue: Enqueue;
  /** What the job of a backup has logged so far; shown beside the ping of its run. */
  readonly story?: (job: string) => Promise<string>;
}

/** Everything that watches, wired. The worker calls it where jobs start and end. */
export interface Watch {
  readonly incidents: Incidents;
  readonly channels: AskedChannels;
  /** Hears of jobs: what failed for good, what is done, and, for dead-man's switches, what has started. */
  readonly jobs: JobObserver & { started(job: EndedJob): Promise<void> };
  /** The body of a `deliver` job. */
  deliver(payload: DeliverPayload, signal: AbortSignal): Promise<DeliverJobResult>;
  /** After each backup: marks it suspect when history does not explain it. Resolves with the reasons. */
  examineBackup(id: string): Promise<string[]>;
  /** The body of a `monitor` job, once the facts are gathered; its result, observed, opens and resolves incidents. */
  look(look: Look): Promise<{ status: FindingStatus; findings: Finding[] }>;
  /** Keeps what happened to a database's container, for the next look. */
  hear(moment: ContainerMoment): Promise<void>;
  /** Up to when each database's moments were heard, by whichever worker, in nanoseconds since 1970; `begin` where none was. */
  heardUntil(databases: readonly string[], begin: number): Promise<ReadonlyMap<string, number>>;
}

/** Wires it. Starts nothing: whoever has it calls `incidents.tend` every few minutes. */
export function createWatch(deps: WatchDependencies): Watch {
  const { vault, alerts, now } = deps;
  const channels = alerts.channels.map(({ name }) => name);
  const incidents = createIncidents({
    ...deps,
    databases: deps.known ?? deps.databases,
    channels,
    remindAfterMs: alerts.remindAfterMs,
  });
  const observer = createJobObserver(incidents);
  const pings = createRunPings({ ...deps, channels: alerts.channels });
  return {
    incidents,
    channels: createAskedChannels(alerts.channels, incidents),
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
    hear: (moment) => keepMoment(vault.storage, moment),
    heardUntil: (names, begin) => heardUntil(vault.storage, names, begin),
    examineBackup: (id) => examineBackup(id, { vault, incidents, now }),
    async look(look) {
      return lookOver({ vault, incidents, now, databases: await deps.databases() }, look);
    },
  };
}
