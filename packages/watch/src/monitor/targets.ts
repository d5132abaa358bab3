import type { DatabaseStatus, Finding, FindingStatus, Level } from '@sagekeep/contracts';
import { seen } from './finding.ts';

const statuses: Readonly<Record<Level, FindingStatus>> = {
  ok: 'pass',
  warn: 'warn',
  fail: 'fail',
  unknown: 'skip',
};
const titles: Readonly<Record<string, string>> = {
  rpo: 'Age of the newest proven backup',
  rto: 'Time to be back',
};

/** RPO and RTO of each database, as its status says them. */
export function targetFindings(databases: readonly DatabaseStatus[]): Finding[] {
  return databases.flatMap(({ database, lines }) =>
    lines
      .filter(({ id }) => id === 'rpo' || id === 'rto')
      .map(({ id, level, text, why, command }) =>
        seen({
          id: `targets.${id}`,
          title: `${database}: ${titles[id] ?? id}`,
          status: statuses[level],
          value: why === null ? text : `${text}: ${why}`,
          expected: 'within its target',
          advice: command ?? '',
        }),
      ),
  );
}
