import type { DatabaseStatus, Finding } from '@sagekeep/contracts';
import { seen } from './finding.ts';

/** What the status says of labelled containers: one that is gone or refused becomes an incident. */
export function labelledFindings(databases: readonly DatabaseStatus[]): Finding[] {
  return databases.flatMap(({ database, lines }) => {
    const labelled = lines.filter(({ id }) => id.startsWith('labelled:'));
    const worst =
      labelled.find(({ level }) => level === 'fail') ?? labelled.find(({ level }) => level === 'warn');
    const line = worst ?? labelled[0];
    if (line === undefined) return [];
    return [
      seen({
        id: 'container.labelled',
        title: `${database}: Labelled container`,
        status: line.level === 'fail' ? 'fail' : line.level === 'warn' ? 'warn' : 'pass',
        value: line.why === null ? line.text : `${line.text}: ${line.why}`,
        expected: 'there, and reached by a worker',
        advice: line.command ?? '',
      }),
    ];
  });
}
