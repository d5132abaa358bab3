import type {
  AlertConfig,
  Backup,
  DatabaseConfig,
  DeliverJobResult,
  DeliverPayload,
  Finding,
  FindingStatus,
} from '@sagekeep/contracts';
import type { Vault } from '@sagekeep/storage';
import { deliver } from './alert/deliver.ts';
import { examineBackup } from './anomaly/examineBackup.ts';
import type { Enqueue } from './incident/announce.ts';
import { createIncidents, type Incidents } from './incident/incidents.ts';
import { createJobObserver, type EndedJob, type JobObserver } from './incident/observeJobs.ts';
import { createRunPings } from './incident/runPings.ts';
import { type ContainerMoment, containerFindings, keepMoment } from './monitor/containers.ts';
import type { DiskFacts, MonitorFacts, ServerDisk } from './monitor/facts.ts';
import { recordsFinding } from './monitor/finding.ts';
import { labelledFindings } from './monitor/labelled.ts';
import { monitorFindings } from './monitor/monitorFindings.ts';
import { diskHistories, diskName, keepLook, type LastLook, lastLook, worst } from './monitor/observations.ts';
import { collectStatus } from './status/collectStatus.ts';

export interface WatchDependencies {
  readonly vault: Vault;
  /** Every database that is known at that moment. */
  readonly databases: () => Promise<readonly DatabaseConfig[]>;
  readonly alerts: AlertConfig;
  readonly now: () => Date;
  readonly enqueue: Enqueue;
  /** What the job of a backup has logged so far; shown beside the ping of its run. */
  readonly story?: (job: string) => Promise<string>;
}

/** What a look of the monitor is given besides what the storage tells. */
export interface Look extends Pick<MonitorFacts, 'redis' | 'queues' | 'workers'> {
  /** Findings of the quick checks, titled `<database>: <title>`. */
  readonly verified: readonly Finding[];
  /** The server's own disk, where somebody can see it. */
  readonly data?: readonly ServerDisk[];
  /** Only where Docker is asked: since when its events are heard without a gap, null when they are not. */
  readonly containers?: { readonly followedSince: Date | null };
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
  /** Keeps what happened to a database's container, for the next look. */
  hear(moment: ContainerMoment): Promise<void>;
}

export function createWatch(deps: WatchDependencies): Watch {
  const { vault, alerts, now } = deps;
  const channels = alerts.channels.map(({ name }) => name);
  const incidents = createIncidents({
    ...deps,
    channels,
    remindAfterMs: alerts.remindAfterMs,
  });
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
    hear: (moment) => keepMoment(vault.storage, moment),
    examineBackup: (id) => examineBackup(id, { vault, incidents, now }),
    async look(look) {
      const at = now();
      // A storage that cannot be asked is what the finding about records will say.
      const disks = await disksOf(vault, look).catch(() => []);
      const databases = await deps.databases();
      const about = { vault, databases, incidents, now };
      const status = await collectStatus({ vault, configuration: { databases }, now: now() });
      const facts = { ...look, disks, databases: status.databases, now: at };
      const containers = await containersOf(about, look, at).catch(() => []);
      const labelled = labelledFindings(status.databases);
      const seenNow = [...look.verified, ...containers, ...labelled, ...monitorFindings(facts)];
      const kept = await whyNot([
        async () => {
          const { until, failure } = await examineUnexamined(about, at);
          await keepLook(vault, { ...facts, examinedUntil: until }, seenNow);
          if (failure !== null) throw failure;
        },
        incidents.tend,
      ]);
      const findings = [...seenNow, recordsFinding(kept)];
      return { status: worst(findings), findings };
    },
  };
}

/** The message of the first piece of work that failed; null when all went well. */
async function whyNot(all: readonly (() => Promise<unknown>)[]): Promise<string | null> {
  let why: string | null = null;
  for (const work of all) {
    await work().catch((error: unknown) => {
      why ??= error instanceof Error ? error.message : String(error);
    });
  }
  return why;
}

/** What a look works with: the databases that were known when it began. */
interface About extends Pick<WatchDependencies, 'vault' | 'now'> {
  readonly databases: readonly DatabaseConfig[];
  readonly incidents: Incidents;
}

const dayMs = 24 * 3_600_000;

/** Where nothing was looked at before, a day counts. */
async function sinceLastLook({ vault, databases }: About, now: Date): Promise<LastLook> {
  const dayAgo = new Date(now.getTime() - dayMs);
  return (await lastLook(vault, databases.length)) ?? { at: dayAgo, examinedUntil: dayAgo };
}

/**
 * Backups made offline pass by the job that examines each: what was finished since the last look is examined here. One that
 * cannot be examined keeps no other from it, and holds the point back from which the next look begins.
 */
async function examineUnexamined(about: About, now: Date): Promise<{ until: Date; failure: unknown }> {
  const since = (await sinceLastLook(about, now)).examinedUntil;
  let [until, failure]: [Date, unknown] = [now, null];
  const failed = (before: Date, error: unknown) => {
    if (before < until) until = before;
    failure ??= error;
  };
  const unexamined = await finishedSince(about, since).catch((error: unknown) => {
    failed(since, error);
    return [];
  });
  for (const { manifest } of unexamined) {
    await examineBackup(manifest.id, about).catch((error: unknown) =>
      failed(new Date(Date.parse(manifest.finishedAt) - 1), error),
    );
  }
  return { until, failure };
}

/** The oldest first: a suspect one must not explain the next. */
async function finishedSince({ vault, databases }: About, since: Date): Promise<Backup[]> {
  const names = new Set(databases.map(({ name }) => name));
  const { backups } = await vault.catalogue.list();
  const unexamined = backups.filter(
    ({ manifest, marks }) =>
      names.has(manifest.database) &&
      Date.parse(manifest.finishedAt) > since.getTime() &&
      marks.suspect === null,
  );
  return unexamined.reverse();
}

async function containersOf(about: About, { containers }: Look, now: Date): Promise<Finding[]> {
  if (containers === undefined) return [];
  const { storage } = about.vault;
  const databases = about.databases.filter(({ container }) => container !== null).map(({ name }) => name);
  const since = (await sinceLastLook(about, now)).at;
  return containerFindings(storage, { databases, since, now, followedSince: containers.followedSince });
}

async function disksOf(vault: Vault, { data = [] }: Look): Promise<DiskFacts[]> {
  const { location } = vault.storage;
  const space = await vault.storage.space();
  const disks: Omit<DiskFacts, 'history'>[] = data.map((disk) => ({
    ...disk,
    location: `server of ${disk.database}`,
  }));
  if (space !== null) disks.unshift({ database: null, location, ...space });
  const histories = await diskHistories(vault, disks.map(diskName));
  return disks.map((disk, index) => ({ ...disk, history: histories[index] ?? [] }));
}
