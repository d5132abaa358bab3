import { exampleManifest } from '@sagekeep/storage/testing';
import { expect, it } from 'vitest';
import { exampleContext } from '../cleanup/testing/scene.ts';
import { backupReport } from './backupReport.ts';

const digest = 'ab'.repeat(32);
const file = { bytes: 305, sha256: digest, compression: 'zstd' } as const;
const table = { columns: ['id'], bytes: 4_000, digest, nulls: { id: 0 } };

const manifest = exampleManifest({
  id: 'sage_backup_20261122_020000',
  database: 'sage',
  dbname: 'sage_memory',
  files: [
    { ...file, name: 'a.sql.custom', format: 'custom' },
    { ...file, name: 'a.sql.zst', format: 'sql', bytes: 400 },
  ],
  startedAt: '2026-11-22T02:00:00.000Z',
  finishedAt: '2026-11-22T02:00:09.500Z',
  container: { name: 'sage-db', image: 'pgvector/pgvector:pg17', digest: null },
  timings: { dump: 5_000, derive: 3_000 },
  inventory: {
    entries: [],
    tables: [
      { ...table, name: 'public.memories', rows: 400 },
      { ...table, name: 'public.sessions', rows: 12 },
    ],
    sequences: [],
    largeObjects: { count: 2, bytes: 70, digest },
  },
  warnings: ['a shell operator cannot be dumped'],
});
const cleaned = { title: 'Last cleanup', facts: [{ name: 'freed bytes', value: '1' }] };

it('tells everything that the manifest holds: what, where, how long, and every file with its digest', () => {
  const { sections, ...head } = backupReport(manifest, exampleContext(), cleaned);
  expect(head).toMatchObject({ kind: 'backup', database: 'sage', result: 'done', backup: manifest.id });
  const facts = new Map(
    sections.flatMap(({ title, facts: said }) => said.map(({ name, value }) => [`${title}: ${name}`, value])),
  );
  expect(Object.fromEntries(facts)).toMatchObject({
    'Backup: backup': manifest.id,
    'Backup: snapshot taken': manifest.snapshotAt,
    'Backup: database': 'sage (dbname sage_memory)',
    'Backup: container': 'sage-db (pgvector/pgvector:pg17)',
    'Backup: server version': '17.6',
    'Backup: client tools': '17.6',
    'Files: total bytes': '705',
    'Contents: tables': '2',
    'Contents: rows': '412',
    'Contents: bytes as text': '8000',
    'Contents: large objects': '2 of 70 bytes',
    'Duration: dump': '5000 ms',
    'Duration: derive': '3000 ms',
    'Duration: altogether': '9500 ms',
    'Last cleanup: freed bytes': '1',
    'Notes: note 1': 'a shell operator cannot be dumped',
  });
  const tables = sections.flatMap(({ table: shown }) => (shown === undefined ? [] : shown.rows));
  expect(tables).toEqual([
    ['a.sql.custom', 'custom', 'zstd', '305', digest],
    ['a.sql.zst', 'sql', 'zstd', '400', digest],
    ['public.memories', '400', '4000'],
    ['public.sessions', '12', '4000'],
  ]);
});
