import { type Report, RestoreRecord } from '@sagekeep/contracts';
import { describe, expect, it } from 'vitest';
import { restoreReport } from './restoreReport.ts';
import { cannotUndo, laterRestore } from './undoErrors.ts';

const at = '2026-11-26T12:00:00.000Z';
const backup = 'sage_backup_20261126_110000';
const closing = 'sage_backup_20261127_120000';

function recordOf(changes: Partial<RestoreRecord> = {}): RestoreRecord {
  return RestoreRecord.parse({
    ...{ version: 1, id: 'r1', database: 'sage', state: 'swapped', source: 'dump.sql', backup: null },
    ...{ into: 'sage_live', server: 'own', own: true, method: 'aside', by: 'tester', jobId: 'j', attempt: 1 },
    ...{ startedAt: at, finishedAt: at, shortId: '00000000a1n0000', aside: 'a', before: 'b', asideOid: 1 },
    ...{ beforeOid: 2, undoUntil: at, safetyBackup: backup, closingBackup: null, withoutSafety: false },
    ...{ trustFile: false, downtimeMs: 12, tables: [], timings: {}, proof: null, differences: [], notes: [] },
    ...{ error: null, ...changes },
  });
}

function factOf(report: Report, name: string): string | undefined {
  return report.sections.flatMap((section) => section.facts).find((fact) => fact.name === name)?.value;
}

const reportOf = (changes: Partial<RestoreRecord>) => restoreReport(recordOf(changes), new Date(at));
const inPlace = { method: 'in-place', before: null, undoUntil: null } as const;

describe('the report of a restore', () => {
  it.each<[string, Partial<RestoreRecord>, string]>([
    ['aside', {}, `sagekeep undo sage --restore r1   (until ${at})`],
    ['a new name', { before: null }, 'There was no database of that name before.'],
    ['in place', inPlace, `sagekeep restore sage ${backup} --in-place`],
    [
      'in place elsewhere',
      { ...inPlace, own: false, into: "it's", server: 'b' },
      `--into 'it'\\''s' --server b`,
    ],
    [
      'what nobody can tell',
      { ...inPlace, state: 'failed', error: 'no', fateUnknown: true },
      'Nobody can tell whether it went live',
    ],
    [
      'what is live in part',
      { ...inPlace, state: 'failed', error: 'no', partLive: true },
      `The live database has changed: a part of the dump is live. The state before is in the safety backup: sagekeep restore sage ${backup} --in-place`,
    ],
    ['a failure', { state: 'failed', error: 'no' }, 'the live database has not changed'],
    [
      'what the server could not be asked yet',
      { state: 'building', before: null, error: 'no' },
      'Not known yet',
    ],
    ['the same in place', { ...inPlace, state: 'building', error: 'no' }, 'Not known yet'],
  ])('%s tells the true way back', (_what, changes, way) => {
    expect(factOf(reportOf(changes), 'Undo')).toContain(way);
  });

  it.each<[string, Partial<RestoreRecord>, Partial<Report>]>([
    ['went well', {}, { result: 'done', title: 'sage_live was restored from dump.sql' }],
    [
      'was committed and not proven',
      { ...inPlace, error: 'lost' },
      { result: 'failed', title: 'sage_live was replaced in place from dump.sql, but it is not proven' },
    ],
    [
      'failed',
      { state: 'failed', error: 'no' },
      { result: 'failed', title: 'The restore of sage_live failed' },
    ],
    [
      'failed with a part of it live',
      { ...inPlace, state: 'failed', error: 'no', partLive: true },
      { result: 'failed', title: 'The restore of sage_live failed, and a part of it is live' },
    ],
  ])('that %s says so', (_what, changes, expected) => {
    expect(reportOf(changes)).toMatchObject(expected);
  });

  const failed = { state: 'failed', error: 'no', before: null } as const;
  it.each<[string, Partial<RestoreRecord>, string]>([
    ['measured', {}, '12 ms'],
    ['that died with its worker', { downtimeMs: null }, 'not measured'],
    [
      'before the swap',
      { ...failed, downtimeMs: null, beforeOid: null },
      'none: the live database was not touched',
    ],
    ['before anybody was shut out', { ...failed, downtimeMs: 0 }, 'none: the live database was not touched'],
    ['in vain', failed, '12 ms; all was rolled back, and the live database has not changed'],
    ['that ended in the swap', { ...failed, downtimeMs: null }, 'not measured; all was rolled back'],
    ['in place', inPlace, '12 ms, in which tables were locked'],
    [
      'in vain, in place',
      { ...failed, ...inPlace },
      '12 ms, in which tables were locked; all was rolled back',
    ],
    [
      'with a part of it live',
      { ...failed, ...inPlace, partLive: true },
      '12 ms, in which tables were locked; then a part of the dump was live',
    ],
    [
      'that ended in place',
      { ...failed, ...inPlace, downtimeMs: null },
      'not measured, in which tables were locked; all',
    ],
    ['not known yet', { state: 'building', error: 'no', downtimeMs: null }, 'not known yet'],
  ])('tells the downtime: %s', (_what, changes, downtime) => {
    expect(factOf(reportOf(changes), 'Downtime')).toContain(downtime);
  });

  it('has differences, the closing backup and who trusted the file', () => {
    const difference = { kind: 'entry', change: 'missing', name: 'VIEW v' } as const;
    const report = reportOf({ differences: [difference], closingBackup: closing, trustFile: true });
    expect(report.sections.find(({ title }) => title === 'Differences')?.table?.rows).toEqual([
      ['entry', 'VIEW v', 'missing in the copy', 'none'],
    ]);
    expect(factOf(report, 'Closing backup')).toBe(closing);
    expect(factOf(report, 'File trusted')).toContain('yes, asked for by tester');
  });
});

describe('an undo that cannot be', () => {
  it('names the closing backup, which has every write, before the safety backup', () => {
    expect(cannotUndo(recordOf(), 'Why.').advice).toContain(`sagekeep restore sage ${backup}`);
    expect(cannotUndo(recordOf({ closingBackup: closing }), 'Why.').advice).toContain(
      `closing backup: sagekeep restore sage ${closing}`,
    );
  });

  it('names the restore that has to be undone before it', () => {
    expect(laterRestore(recordOf(), recordOf({ id: 'r2' })).advice).toContain(
      'sagekeep undo sage --restore r2',
    );
  });
});
