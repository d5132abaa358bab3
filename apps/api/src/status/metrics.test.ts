import { readFileSync } from 'node:fs';
import type { Incident, Status } from '@sagekeep/contracts';
import { expect, it } from 'vitest';
import { type MetricFacts, metricsOf } from './metrics.ts';

const at = '2026-11-22T12:00:00.000Z';

const incident: Incident = {
  version: 1,
  id: 'i1',
  key: 'backup-failed:sage',
  database: 'sage',
  severity: 'fail',
  title: '',
  detail: '',
  advice: '',
  openedAt: at,
  lastSeenAt: at,
  remindedAt: null,
  resolvedAt: null,
  occurrences: 3,
};

const status: Status = {
  at,
  level: 'fail',
  databases: [
    {
      database: 'sage',
      level: 'fail',
      lastBackup: { id: 'sage_backup_20261122_020000', at, bytes: 10, proven: true },
      lastProven: { id: 'sage_backup_20261122_020000', at },
      rpo: { targetMs: 1000, actualMs: 500 },
      rto: { targetMs: 1000, measuredMs: 500 },
      backups: { count: 1, bytes: 10, damaged: 0 },
      kept: [],
      coverage: [],
      disk: { freeBytes: 3, totalBytes: 4, at },
      lines: [],
    },
  ],
  storage: { location: '/backups', freeBytes: 1, totalBytes: 2, error: null },
  queues: { backup: { waiting: 1 } },
  workers: [{ name: 'w', seenAt: at }],
  nextRuns: [],
  incidents: [incident, { ...incident, id: 'i0', key: 'proof:sage', resolvedAt: at }],
  lines: [],
};

const facts: MetricFacts = {
  status,
  failures: [{ job: 'backup', code: 'DATABASE_MISSING', count: 2 }],
  successes: [{ database: 'sage', at }],
  phases: [{ database: 'sage', phase: 'dump', ms: 1500 }],
  look: {
    at,
    findings: [
      {
        id: 'disk.storage',
        title: 'Room for backups',
        group: 'performance',
        status: 'warn',
        value: '81 %',
        expected: '',
        advice: '',
        durationMs: 0,
      },
    ],
  },
  toolVersion: '1.2.3',
};

it('failed jobs are told by reason, open incidents by cause', async () => {
  const text = await metricsOf(facts);
  expect(text).toContain('sagekeep_failed_jobs{job="backup",code="DATABASE_MISSING"} 2\n');
  expect(text).toContain(
    'sagekeep_incident_occurrences{cause="backup-failed:sage",database="sage",severity="fail"} 3\n',
  );
  expect(text).not.toContain('proof:sage');
});

it('of a storage that cannot be read nothing is told, not even that it holds none', async () => {
  const databases = status.databases.map((one) => ({ ...one, backups: null, lastBackup: null }));
  const storage = { location: '/backups', freeBytes: null, totalBytes: null, error: 'EIO' };
  const text = await metricsOf({ ...facts, status: { ...status, databases, storage, incidents: [] } });
  expect(text).not.toMatch(/^sagekeep_(backups|backup_last_size|incident)/m);
  expect(text).toContain('sagekeep_database_status');
});

it('every metric is in docs/monitoring.md, and every name there is a metric', async () => {
  const text = await metricsOf(facts);
  const given = [...text.matchAll(/^# TYPE (\S+) gauge$/gm)].map(([, name]) => name);
  const page = readFileSync(new URL('../../../../docs/monitoring.md', import.meta.url), 'utf8');
  const told = [...page.matchAll(/`(sagekeep_[a-z_]+)/g)].map(([, name]) => name);
  expect([...new Set(told)].filter((name) => name !== 'sagekeep_').sort()).toEqual(given.sort());
});
