import type { DatabaseStatus, Finding, FindingStatus, Level } from '@sagekeep/contracts';
import { seen } from './finding.ts';

const statuses: Readonly<Record<Level, FindingStatus>> = {
  ok: 'pass',
  warn: 'warn',
  fail: 'fail',
  unknown: 'skip',
};

/** Lines of a database's status that the monitor reports, and as what. */
const reported = new Map([
  [
    'rpo',
    { id: 'targets.rpo', title: 'Age of the newest backup that counts', expected: 'within its target' },
  ],
  ['rto', { id: 'targets.rto', title: 'Time to be back', expected: 'within its target' }],
  [
    'max-bytes',
    { id: 'retention.max-bytes', title: 'Size of its backups', expected: 'within retention.maxBytes' },
  ],
]);

/** Checks of a database that ask of the same backups what `targets.rpo` says of them: one breach is one incident. */
export const toldByTargets: ReadonlySet<string> = new Set(['performance.backup', 'performance.proof']);

/** RPO, RTO and size of the backups of each database, as its status says them. */
export function targetFindings(databases: readonly DatabaseStatus[]): Finding[] {
  return databases.flatMap(({ database, lines }) =>
    lines.flatMap(({ id, level, text, why, command }) => {
      const as = reported.get(id);
      if (as === undefined) return [];
      const value = why === null ? text : `${text}: ${why}`;
      const title = `${database}: ${as.title}`;
      return [seen({ ...as, title, status: statuses[level], value, advice: command ?? '' })];
    }),
  );
}
