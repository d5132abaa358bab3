import type { Backup, BackupFile, Manifest, Marks, Proof } from '@sagekeep/contracts';

export const noMarks: Marks = { proof: null, hold: null, suspect: null, acknowledgement: null, scrub: null };

/** A manifest that parses, for tests. Times follow from the id unless they are given. */
export function exampleManifest(
  changes: Partial<Manifest> & { id: string; database: string; files: BackupFile[] },
): Manifest {
  const at = changes.snapshotAt ?? '2026-11-22T02:00:00.000Z';
  return {
    version: 1,
    dbname: `${changes.database}_memory`,
    systemIdentifier: '7300000000000000001',
    reason: 'schedule',
    label: null,
    startedAt: at,
    finishedAt: at,
    snapshotAt: at,
    snapshot: '00000003-00000002-1',
    serverVersion: '17.6',
    serverVersionNum: 170006,
    clientVersion: '17.6',
    container: null,
    extensions: [{ name: 'vector', version: '0.8.0', schema: 'public' }],
    properties: exampleProperties,
    roles: ['sage'],
    inventory: {
      entries: [],
      tables: [],
      sequences: [],
      largeObjects: { count: 0, bytes: 0, digest: '0'.repeat(64) },
    },
    warnings: [],
    databaseBytes: 8_000_000,
    timings: { dump: 12 },
    jobId: `job-of-${changes.id}`,
    attempt: 1,
    toolVersion: '0.1.0',
    ...changes,
  };
}

const exampleProperties: Manifest['properties'] = {
  owner: 'sage',
  encoding: 'UTF8',
  collate: 'C.UTF-8',
  ctype: 'C.UTF-8',
  localeProvider: 'libc',
  icuLocale: null,
  icuRules: null,
  collationVersion: null,
  comment: null,
  connectionLimit: -1,
  acl: null,
  tablespace: 'pg_default',
  settings: [],
};

export function exampleProof(changes: Partial<Proof> = {}): Proof {
  return {
    kind: 'proof',
    result: 'proven',
    at: '2026-11-22T02:05:00.000Z',
    where: 'own',
    serverVersion: '17.6',
    clientVersion: '17.6',
    vectorIndexes: false,
    files: [],
    durationMs: 1000,
    timings: {},
    differences: [],
    notes: [],
    error: null,
    jobId: 'job',
    ...changes,
  };
}

export function exampleBackup(manifest: Manifest, marks: Partial<Marks> = {}): Backup {
  return { manifest, marks: { ...noMarks, ...marks } };
}
