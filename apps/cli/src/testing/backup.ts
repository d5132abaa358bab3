import type { Backup, Manifest, Proof } from '@sagekeep/contracts';

const zeros = '0'.repeat(64);

/** A backup of `sage`, taken at 02:00 UTC on 2026-11-23, with what a test wants to be different. */
export function testBackup(manifest: Partial<Manifest> = {}, marks: Partial<Backup['marks']> = {}): Backup {
  return {
    manifest: { ...plain, ...manifest },
    marks: { proof: null, hold: null, suspect: null, acknowledgement: null, scrub: null, ...marks },
  };
}

export function testProof(proof: Partial<Proof> = {}): Proof {
  return {
    kind: 'proof',
    result: 'proven',
    at: '2026-11-23T02:05:00Z',
    where: 'own',
    serverVersion: '15.20',
    clientVersion: '15.20',
    vectorIndexes: true,
    files: [],
    durationMs: 42_000,
    timings: {},
    differences: [],
    notes: [],
    error: null,
    jobId: '2',
    ...proof,
  };
}

const plain: Manifest = {
  version: 1,
  id: 'sage_backup_20261123_020000',
  database: 'sage',
  dbname: 'sage_memory',
  systemIdentifier: '7',
  reason: 'manual',
  label: null,
  startedAt: '2026-11-23T02:00:00Z',
  finishedAt: '2026-11-23T02:00:12Z',
  snapshotAt: '2026-11-23T02:00:00Z',
  snapshot: '00000003-1',
  serverVersion: '15.20',
  serverVersionNum: 150_020,
  clientVersion: '15.20',
  container: null,
  extensions: [{ name: 'vector', version: '0.8.0', schema: 'public' }],
  properties: {
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
  },
  roles: ['sage'],
  files: [
    {
      name: 'sage_backup_20261123_020000.sql.custom',
      format: 'custom',
      compression: 'gzip',
      bytes: 1_500_000,
      sha256: zeros,
    },
    { name: 'globals.sql', format: 'globals', compression: 'none', bytes: 500, sha256: zeros },
  ],
  inventory: {
    entries: [],
    tables: [
      {
        name: 'public.memories',
        columns: ['id'],
        rows: 3000,
        bytes: 1_400_000,
        digest: zeros,
        nulls: { id: 0 },
      },
    ],
    sequences: [],
    largeObjects: { count: 0, bytes: 0, digest: zeros },
  },
  warnings: [],
  databaseBytes: 9_000_000,
  timings: {},
  jobId: '1',
  attempt: 1,
  toolVersion: '0.1.0',
};
