import {
  type Backup,
  type DatabaseConfig,
  type Finding,
  type FindingStatus,
  isSagekeepError,
} from '@sagekeep/contracts';
import type { Vault } from '@sagekeep/storage';
import { examineBackup } from '../anomaly/examineBackup.ts';
import type { Incidents } from '../incident/incidents.ts';
import { collectStatus } from '../status/collectStatus.ts';
import { containerFindings } from './containers.ts';
import type { DiskFacts, MonitorFacts, ServerDisk } from './facts.ts';
import { recordsFinding } from './finding.ts';
import { labelledFindings } from './labelled.ts';
import { monitorFindings } from './monitorFindings.ts';
import { diskHistories, diskName, keepLook, type LastLook, lastLook, worst } from './observations.ts';

/** What a look of the monitor is given besides what the storage tells. */
export interface Look extends Pick<MonitorFacts, 'redis' | 'queues' | 'workers'> {
  /** Findings of the quick checks, titled `<database>: <title>`. */
  readonly verified: readonly Finding[];
  /** The server's own disk, where somebody can see it. */
  readonly data?: readonly ServerDisk[];
  /** Only where Docker is asked: since when its events are heard without a gap, null when they are not. */
  readonly containers?: { readonly followedSince: Date | null };
}

/** What a look works with: the databases that were known when it began. */
export interface LookDependencies {
  readonly vault: Vault;
  readonly databases: readonly DatabaseConfig[];
  readonly incidents: Incidents;
  readonly now: () => Date;
}

/** Judges the facts with the storage's own, examines backups that no job has, and keeps what was seen for the next look. */
export async function lookOver(
  about: LookDependencies,
  look: Look,
): Promise<{ status: FindingStatus; findings: Finding[] }> {
  const { vault, databases, incidents, now } = about;
  const at = now();
  const status = await collectStatus({ vault, configuration: { databases }, now: at });
  // A storage that cannot be asked is what the finding about records will say.
  const disks = await disksOf(vault, look).catch(() => []);
  const containers = await containersOf(about, look, at).catch(() => []);
  const facts = { ...look, disks, databases: status.databases, now: at };
  const seenNow = [
    ...look.verified,
    ...containers,
    ...labelledFindings(status.databases),
    ...monitorFindings(facts),
  ];
  const kept = await whyNot([
    async () => {
      const { until, failure } = await examineUnexamined(about, at);
      await keepLook(vault, { ...facts, examinedUntil: until }, seenNow);
      if (failure !== null) throw failure;
    },
    incidents.tend,
  ]);
  const findings = [...seenNow, recordsFinding(status.storage.error ?? kept)];
  return { status: worst(findings), findings };
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

const dayMs = 24 * 3_600_000;

/** Where nothing was looked at before, a day counts. */
async function sinceLastLook({ vault }: LookDependencies, now: Date): Promise<LastLook> {
  const dayAgo = new Date(now.getTime() - dayMs);
  return (await lastLook(vault)) ?? { at: dayAgo, examinedUntil: dayAgo };
}

/**
 * Backups made offline pass by the job that examines each: what was finished since the last look is examined here. One that
 * cannot be examined keeps no other from it, and holds the point back from which the next look begins.
 */
async function examineUnexamined(
  about: LookDependencies,
  now: Date,
): Promise<{ until: Date; failure: unknown }> {
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
    await examineBackup(manifest.id, about).catch((error: unknown) => {
      const before = new Date(Date.parse(manifest.finishedAt) - 1);
      // It was deleted since the list was made, or is just being put back: the next list tells.
      failed(before, isSagekeepError(error, 'UNKNOWN_BACKUP') ? null : error);
    });
  }
  return { until, failure };
}

/** The oldest first: a suspect one must not explain the next. */
async function finishedSince({ vault, databases }: LookDependencies, since: Date): Promise<Backup[]> {
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

async function containersOf(about: LookDependencies, { containers }: Look, now: Date): Promise<Finding[]> {
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
