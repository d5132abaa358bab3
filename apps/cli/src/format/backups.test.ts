import type { Scrub } from '@sagekeep/contracts';
import { describe, expect, it } from 'vitest';
import { testBackup, testProof } from '../testing/backup.ts';
import { backupText } from './backup.ts';
import { backupList, standing, tableHistory } from './backups.ts';

const reader = { timeZone: 'UTC', now: new Date('2026-11-23T12:00:00Z') };

describe('standing', () => {
  it.each([
    ['not proven', testBackup()],
    ['proven', testBackup({}, { proof: testProof() })],
    ['content-proven', testBackup({}, { proof: testProof({ result: 'content-proven' }) })],
    ['FAILED PROOF', testBackup({}, { proof: testProof({ result: 'failed' }) })],
    [
      'not proven, SUSPECT',
      testBackup({}, { suspect: { kind: 'suspect', at: '2026-11-23T02:01:00Z', reasons: ['x'] } }),
    ],
  ])('says %s', (text, backup) => expect(standing(backup)).toBe(text));

  it('says DAMAGED beside an older proof', () => {
    const scrub: Scrub = { kind: 'scrub', at: '2026-11-23T09:00:00Z', result: 'damaged', damaged: ['x'] };
    expect(standing(testBackup({}, { proof: testProof(), scrub }))).toBe('proven, DAMAGED');
  });
});

describe('backupList', () => {
  it('has a line per backup and names what is none', () => {
    const hold = { kind: 'hold', at: '2026-11-23T03:00:00Z', by: 'ada', reason: '迁移前' } as const;
    const page = {
      items: [
        testBackup({ label: 'before\u001b[2J upgrade', reason: 'schedule' }, { proof: testProof(), hold }),
      ],
      damaged: [
        { database: 'sage', id: 'sage_backup_20261122_020000', reason: 'its manifest does not parse' },
      ],
    };
    expect(backupList(page, reader)).toBe(
      [
        'BACKUP                       SNAPSHOT                 AGE         SIZE  FORMATS  PROOF   NOTE',
        `---------------------------  -----------------------  --------  ------  -------  ------  ${'-'.repeat(47)}`,
        'sage_backup_20261123_020000  2026-11-23 02:00:00 UTC  10 h ago  1.5 MB  custom   proven  schedule; before\\u{1b}[2J upgrade; held: 迁移前',
        '',
        'Damaged, not backups:',
        '  sage_backup_20261122_020000: its manifest does not parse',
      ].join('\n'),
    );
  });

  it('says so when there is nothing', () => {
    expect(backupList({ items: [], damaged: [] }, reader)).toBe('No backups yet.');
  });
});

describe('tableHistory', () => {
  it('shows the rows of a table in every backup, by its own name too', () => {
    const without = testBackup({
      id: 'sage_backup_20261122_020000',
      inventory: { ...testBackup().manifest.inventory, tables: [] },
    });
    const text = tableHistory({ items: [testBackup(), without], damaged: [] }, 'memories', reader);
    expect(text).toMatch(/sage_backup_20261123_020000 .* 3,000 +1\.4 MB +not proven/);
    expect(text).toMatch(/sage_backup_20261122_020000 .* – +– +not proven/);
  });
});

describe('backupText', () => {
  it('tells when a proof is no measure of the RTO', () => {
    const text = backupText(testBackup({}, { proof: testProof({ vectorIndexes: false }) }), reader);
    expect(text).toContain('vector indexes were not built: not a measure of the RTO');
    expect(text).toContain('public.memories');
  });
});
