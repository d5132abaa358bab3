import type { Backup, DatabaseConfig, Inventory, Proof, RestoreRecord } from '@sagekeep/contracts';
import type { StatusFacts } from '../status/facts.ts';

/** Plain facts for unit tests: a healthy database `sage` on 2026-11-22 at noon. */
export const noon = new Date('2026-11-22T12:00:00Z');
export const hour = 3_600_000;
const digest = 'a'.repeat(64);

export function databaseConfig(changes: Partial<DatabaseConfig> = {}): DatabaseConfig {
  return {
    name: 'sage',
    url: null,
    container: null,
    formats: ['custom', 'sql'],
    rpoMs: 26 * hour,
    rtoMs: hour,
    proof: { when: 'every-backup', where: 'own', vectorIndexes: true },
    retention: {
      keepDays: 7,
      keepLast: 3,
      keepDaily: 0,
      keepWeekly: 0,
      keepMonthly: 0,
      keepYearly: 0,
      safetyDays: 7,
      maxBytes: null,
      maxDeleteShare: 0.5,
    },
    expect: { schema: null, references: [], coverage: [90, 70] },
    keepBeforeMs: 24 * hour,
    restoreMemoryBytes: 1e9,
    ...changes,
  };
}

export function inventory(
  tables: Record<string, { rows: number; nulls?: Record<string, number> }> = {},
): Inventory {
  return {
    entries: Object.keys(tables).map((name) => ({ type: 'TABLE', name, digest })),
    tables: Object.entries(tables).map(([name, { rows, nulls = {} }]) => ({
      name,
      columns: Object.keys(nulls),
      rows,
      bytes: rows * 100,
      digest,
      nulls,
    })),
    sequences: [],
    largeObjects: { count: 0, bytes: 0, digest },
  };
}

export function proof(changes: Partial<Proof> = {}): Proof {
  return {
    kind: 'proof',
    result: 'proven',
    at: '2026-11-22T02:05:00Z',
    where: 'own',
    serverVersion: '17.2',
    clientVersion: '17.2',
    vectorIndexes: true,
    files: [],
    durationMs: 120_000,
    timings: {},
    differences: [],
    notes: [],
    error: null,
    jobId: 'p1',
    ...changes,
  };
}

export interface BackupChanges {
  readonly id?: string;
  readonly at?: string;
  readonly manifest?: Partial<Backup['manifest']>;
  readonly marks?: Partial<Backup['marks']>;
}

export function backup({ id, at = '2026-11-22T02:00:00Z', manifest, marks }: BackupChanges = {}): Backup {
  const stamp = at.replace(/[-:]/g, '').replace('T', '_').slice(0, 15);
  return {
    manifest: {
      version: 1,
      id: id ?? `sage_backup_${stamp}`,
      database: 'sage',
      dbname: 'sage_memory',
      systemIdentifier: '7300000000000000001',
      reason: 'schedule',
      label: null,
      startedAt: at,
      finishedAt: at,
      snapshotAt: at,
      snapshot: '00000003-1',
      serverVersion: '17.2',
      serverVersionNum: 170002,
      clientVersion: '17.2',
      container: null,
      extensions: [],
      properties: {
        owner: 'sage',
        encoding: 'UTF8',
        collate: 'C',
        ctype: 'C',
        localeProvider: 'libc',
        icuLocale: null,
        icuRules: null,
        collationVersion: null,
        comment: null,
        connectionLimit: -1,
        acl: null,
        tablespace: 'pg_default',
        settings: [],
      },
      roles: ['sage'],
      files: [
        { name: 'a.sql.custom', format: 'custom', compression: 'zstd', bytes: 305_000_000, sha256: digest },
      ],
      inventory: inventory(),
      warnings: [],
      databaseBytes: 366_000_000,
      timings: {},
      jobId: 'b1',
      attempt: 1,
      toolVersion: '0.1.0',
      ...manifest,
    },
    marks: {
      proof: proof({ at }),
      hold: null,
      suspect: null,
      acknowledgement: null,
      scrub: null,
      ...marks,
    },
  };
}

/** A restore that was swapped in at eleven and can be undone for a day. */
export function restore(changes: Partial<RestoreRecord> = {}): RestoreRecord {
  return {
    ...{ version: 1, id: 'r1', database: 'sage', state: 'swapped', source: 'sage_backup_20261122_020000' },
    ...{ backup: 'sage_backup_20261122_020000', into: 'sage_memory', server: 'own', method: 'aside' },
    ...{ by: 'ada', jobId: 'r1', attempt: 1, shortId: 'abc' },
    ...{ startedAt: '2026-11-22T10:58:00Z', finishedAt: '2026-11-22T11:00:00Z' },
    ...{ aside: 'sage_memory_aside_abc', asideOid: 2, before: 'sage_memory_before_abc', beforeOid: 1 },
    ...{ undoUntil: '2026-11-23T11:00:00Z', safetyBackup: null, closingBackup: null, withoutSafety: false },
    ...{ trustFile: false, downtimeMs: 20, tables: [], timings: {}, proof: null, differences: [] },
    ...{ notes: [], error: null },
    ...changes,
  };
}

export function statusFacts(changes: Partial<StatusFacts> = {}): StatusFacts {
  return {
    databases: [databaseConfig()],
    backups: [backup()],
    damaged: [],
    restores: [],
    incidents: [],
    drills: [],
    labelled: [],
    observations: [
      {
        version: 1,
        id: 'v1',
        kind: 'verification',
        database: 'sage',
        at: '2026-11-22T11:00:00Z',
        status: 'pass',
      },
    ],
    jobs: {
      state: 'answered',
      counts: { backup: { waiting: 0, failed: 0 } },
      failures: [],
      workers: [{ name: 'w1', seenAt: noon }],
      nextRuns: [
        { schedule: 'backup-sage', at: new Date('2026-11-23T02:00:00Z'), job: 'backup', database: 'sage' },
      ],
    },
    storage: {
      location: '/backups',
      space: { freeBytes: 60e9, totalBytes: 100e9 },
      error: null,
      damagedRecords: [],
    },
    now: noon,
    ...changes,
  };
}
