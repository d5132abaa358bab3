import type { DatabaseConfig, DatabaseStatus, Status } from '@sagekeep/contracts';
import { isProven } from '@sagekeep/storage';
import { newest, storedBytes } from './backups.ts';
import { coverageOf } from './coverage.ts';
import { backupLine, damageLines, proofLine, rtoLine, unreadLines } from './databaseLines.ts';
import { diskOf } from './disk.ts';
import type { DatabaseFacts, JobFacts, StatusFacts } from './facts.ts';
import { labelledLines } from './labelledLines.ts';
import { badLine, worst } from './level.ts';
import { incidentLine, keptDatabases, keptLines, restoreLines, verificationLine } from './liveLines.ts';
import { measuredRpo, rpoLine } from './rpo.ts';
import { measuredRto } from './rto.ts';
import { unscheduledLine } from './scheduleLines.ts';
import { sizeLine } from './sizeLine.ts';
import { jobLines, storageLines, strangerLines } from './systemLines.ts';
import { untold } from './untold.ts';

/**
 * What the facts mean: per database RPO and RTO against target, and every line that is not green with since when, why
 * and the command to type next. Pure: the same facts give the same status.
 */
export function statusOf(facts: StatusFacts): Status {
  const open = facts.incidents.filter(({ resolvedAt }) => resolvedAt === null);
  const databases = facts.databases.map((config) =>
    facts.storage.error === null ? databaseStatus(factsOf(facts, config), facts.jobs) : unread(facts, config),
  );
  const live = [...storageLines(facts.storage, open), ...jobLines(facts.jobs, open), ...strangerLines(facts)];
  const general = open.filter(({ database }) => database === null);
  const lines = [...live, ...untold(general, live).map(incidentLine)];
  return {
    at: facts.now.toISOString(),
    level: worst([...databases, ...lines].map(({ level }) => level)),
    databases,
    storage: {
      location: facts.storage.location,
      freeBytes: facts.storage.space?.freeBytes ?? null,
      totalBytes: facts.storage.space?.totalBytes ?? null,
      error: facts.storage.error,
    },
    ...jobStatus(facts),
    incidents: open,
    lines,
  };
}

function jobStatus({ jobs }: StatusFacts): Pick<Status, 'queues' | 'workers' | 'nextRuns'> {
  if (jobs.state !== 'answered') return { queues: null, workers: null, nextRuns: [] };
  const queues = Object.entries(jobs.counts).map(([name, states]) => [name, { ...states }] as const);
  return {
    queues: Object.fromEntries(queues),
    workers: jobs.workers.map(({ name, seenAt }) => ({ name, seenAt: seenAt.toISOString() })),
    nextRuns: (jobs.nextRuns ?? [])
      .map(({ schedule, at }) => ({ schedule, at: at.toISOString() }))
      .toSorted((a, b) => a.at.localeCompare(b.at)),
  };
}

function factsOf(facts: StatusFacts, config: StatusFacts['databases'][number]): DatabaseFacts {
  const mine = ({ database }: { database: string | null }) => database === config.name;
  return {
    config,
    backups: facts.backups.filter(({ manifest }) => manifest.database === config.name),
    damaged: facts.damaged.filter(mine),
    restores: facts.restores.filter(mine),
    incidents: facts.incidents.filter(({ resolvedAt }) => resolvedAt === null).filter(mine),
    observations: facts.observations.filter(mine),
    drills: facts.drills.filter(mine),
    labelled: facts.labelled.filter(({ name }) => name === config.name),
    now: facts.now,
  };
}

function databaseStatus(facts: DatabaseFacts, jobs: JobFacts): DatabaseStatus {
  const { config, backups } = facts;
  const last = newest(backups);
  const proven = newest(backups.filter(isProven));
  const live = [
    backupLine(facts),
    rpoLine(facts),
    ...proofLine(facts),
    rtoLine(facts),
    ...sizeLine(facts),
    verificationLine(facts),
    ...labelledLines(facts),
    ...damageLines(facts),
    ...unreadLines(facts),
    ...keptLines(facts),
    ...restoreLines(facts),
    ...unscheduledLine(config, jobs),
  ];
  const lines = [...live, ...untold(facts.incidents, live).map(incidentLine)];
  return {
    database: config.name,
    level: worst(lines.map(({ level }) => level)),
    lastBackup: last && {
      id: last.manifest.id,
      at: last.manifest.snapshotAt,
      bytes: storedBytes(last),
      proven: isProven(last),
    },
    lastProven: proven && { id: proven.manifest.id, at: proven.manifest.snapshotAt },
    rpo: { targetMs: config.rpoMs, actualMs: measuredRpo(facts) },
    rto: { targetMs: config.rtoMs, measuredMs: measuredRto(facts)?.ms ?? null },
    backups: {
      count: backups.length,
      bytes: backups.reduce((sum, backup) => sum + storedBytes(backup), 0),
      damaged: facts.damaged.length,
    },
    kept: keptDatabases(facts.restores),
    coverage: coverageOf(facts.observations),
    disk: diskOf(facts.observations),
    lines,
  };
}

/** What can be said of a database while the storage cannot be read: that there is no backup is not known either. */
function unread({ jobs }: StatusFacts, config: DatabaseConfig): DatabaseStatus {
  const unknown = (id: string, text: string) =>
    badLine('unknown', {
      ...{ id, text, since: null, why: 'the storage could not be read', command: 'sagekeep doctor' },
    });
  const lines = [
    unknown('backup', 'nothing is known of its backups'),
    unknown('verification', 'how its last verification ended is not known'),
    ...unscheduledLine(config, jobs),
  ];
  return {
    database: config.name,
    level: worst(lines.map(({ level }) => level)),
    lastBackup: null,
    lastProven: null,
    rpo: { targetMs: config.rpoMs, actualMs: null },
    rto: { targetMs: config.rtoMs, measuredMs: null },
    backups: null,
    kept: [],
    coverage: [],
    disk: null,
    lines,
  };
}
