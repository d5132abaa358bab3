import type { Report } from '@sagekeep/contracts';
import { expect, it } from 'vitest';
import { renderReport } from './renderReport.ts';

const report: Report = {
  version: 1,
  id: 'job-1',
  kind: 'backup',
  database: 'sage',
  at: '2026-11-22T02:00:09Z',
  result: 'done',
  title: 'Backup sage_backup_20261122_020000',
  sections: [
    {
      title: 'Source',
      facts: [
        { name: 'container', value: 'sage-db' },
        { name: 'dbname', value: 'sage_memory' },
      ],
    },
    {
      title: 'Tables',
      facts: [],
      table: {
        columns: ['table', 'rows', 'bytes'],
        rows: [
          ['public.memories', '60,000', '305 MB'],
          ['public.会话', '12', '1.2 kB'],
        ],
      },
    },
  ],
};

it('lines up names, columns and figures, wide characters too', () => {
  expect(renderReport(report)).toBe(`Backup sage_backup_20261122_020000
==================================
report:    job-1
job:       backup
database:  sage
time:      2026-11-22T02:00:09Z (UTC)
result:    done

Source
------
container:  sage-db
dbname:     sage_memory

Tables
------
table              rows   bytes
---------------  ------  ------
public.memories  60,000  305 MB
public.会话          12  1.2 kB
`);
});

it('prints neither control characters nor the password of a URL', () => {
  const facts = [{ name: 'error\u001b[2J', value: 'postgres://sage:hunter2@db/x\r\nfailed' }];
  const text = renderReport({ ...report, title: 'a\u0007b', sections: [{ title: 'x', facts }] });
  for (const hidden of ['\u0007', '\u001b', '\r', 'hunter2']) expect(text).not.toContain(hidden);
  expect(text).toContain('postgres://sage:***@db/x\\r\\nfailed');
});

it('says so when a table has no rows', () => {
  const sections = [{ title: 'Files', facts: [], table: { columns: ['name'], rows: [] } }];
  expect(renderReport({ ...report, sections })).toContain('Files\n-----\n(none)\n');
});
