import type { Status } from '@sagekeep/contracts';
import { Gauge, Registry } from 'prom-client';
import { type Add, addIncidents, addLook, type LookFacts, type Sample } from './metricSamples.ts';

export interface MetricFacts {
  readonly status: Status;
  readonly failures: readonly { readonly job: string; readonly code: string; readonly count: number }[];
  /** When each database's newest good backup was taken. */
  readonly successes: readonly { readonly database: string; readonly at: string }[];
  readonly phases: readonly { readonly database: string; readonly phase: string; readonly ms: number }[];
  readonly look: LookFacts | null;
  readonly toolVersion: string;
}

const levels = { ok: 0, warn: 1, fail: 2, unknown: 3 } as const;

/** The status as metrics in Prometheus' text form: seconds and bytes; what is not known is left out. */
export async function metricsOf(facts: MetricFacts): Promise<string> {
  const { status, failures, successes, phases, look, toolVersion } = facts;
  const registry = new Registry();
  const add = (name: string, help: string, samples: readonly Sample[]) =>
    addGauge(registry, { name: `sagekeep_${name}`, help, samples });
  add('build_info', 'The version that answers', [[{ version: toolVersion }, 1]]);
  add('status', 'Overall: 0 ok, 1 warn, 2 fail, 3 unknown', [[{}, levels[status.level]]]);
  addDatabases(status, add);
  addSystem(status, add);
  if (status.storage.error === null) addIncidents(status.incidents, add);
  addLook(look, add);
  add(
    'backup_last_success_timestamp_seconds',
    'When the newest backup was taken, safety backups and those that are known to be bad aside',
    successes.map(({ database, at }) => [{ database }, seconds(at)]),
  );
  add(
    'backup_phase_duration_seconds',
    'How long each phase of the newest backup took',
    phases.map(({ database, phase, ms }) => [{ database, phase }, ms / 1000]),
  );
  add(
    'failed_jobs',
    'Failed jobs that are kept, by job and by reason',
    failures.map(({ job, code, count }) => [{ job, code }, count]),
  );
  return registry.metrics();
}

function addDatabases({ databases }: Status, add: Add): void {
  type Database = Status['databases'][number];
  const per = (name: string, help: string, value: (database: Database) => number | null | undefined) =>
    add(
      name,
      help,
      databases.map((database) => [{ database: database.database }, value(database)]),
    );
  per('database_status', 'Per database: 0 ok, 1 warn, 2 fail, 3 unknown', ({ level }) => levels[level]);
  per('backup_last_proven_timestamp_seconds', 'When the newest proven backup was taken', (d) =>
    seconds(d.lastProven?.at),
  );
  per('backup_last_size_bytes', 'Stored size of the newest backup', (d) => d.lastBackup?.bytes);
  per('backups', 'Backups in the catalogue', (d) => d.backups?.count);
  per('backups_size_bytes', 'Stored size of all backups', (d) => d.backups?.bytes);
  per('backups_damaged', 'What looks like a backup and is none', (d) => d.backups?.damaged);
  per(
    'rpo_target_seconds',
    'Wanted age of the newest proven snapshot at most (proof.when never: of the newest backup)',
    (d) => d.rpo.targetMs / 1000,
  );
  per(
    'rpo_actual_seconds',
    'Age of the newest proven snapshot (proof.when never: of the newest backup)',
    (d) => toSeconds(d.rpo.actualMs),
  );
  per('rto_target_seconds', 'Wanted time to be back at most', (d) => d.rto.targetMs / 1000);
  per('rto_measured_seconds', 'Measured time to be back', (d) => toSeconds(d.rto.measuredMs));
  per(
    'database_disk_free_bytes',
    "Free bytes of the server's disk, as the newest verification has measured them",
    (d) => d.disk?.freeBytes,
  );
  per(
    'database_disk_size_bytes',
    "Size of the server's disk, as the newest verification has measured it",
    (d) => d.disk?.totalBytes,
  );
}

function addSystem(status: Status, add: Add): void {
  const { storage, queues, workers } = status;
  add('storage_free_bytes', 'Free bytes of the storage', [[{}, storage.freeBytes]]);
  add('storage_size_bytes', 'Size of the storage', [[{}, storage.totalBytes]]);
  add('queue_up', 'Whether Redis answers', [[{}, queues === null ? 0 : 1]]);
  const jobs = Object.entries(queues ?? {}).flatMap(([queue, states]) =>
    Object.entries(states).map(([state, value]): Sample => [{ queue, state }, value]),
  );
  add('jobs', 'Jobs by queue and state', jobs);
  add('workers', 'Workers whose heartbeat is fresh', [[{}, workers?.length]]);
}

function addGauge(
  registry: Registry,
  { name, help, samples }: { name: string; help: string; samples: readonly Sample[] },
): void {
  const known = samples.filter(([, value]) => value !== null && value !== undefined);
  if (known.length === 0) return;
  const labelNames = Object.keys(known[0]?.[0] ?? {});
  const gauge = new Gauge({ name, help, labelNames, registers: [registry] });
  for (const [labels, value] of known) gauge.set(labels, Number(value));
}

function seconds(instant: string | undefined): number | undefined {
  return instant === undefined ? undefined : Date.parse(instant) / 1000;
}

function toSeconds(ms: number | null): number | null {
  return ms === null ? null : ms / 1000;
}
