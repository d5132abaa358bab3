import type { Finding, VerifyJobResult } from '@sagekeep/contracts';
import { counted, plainLine } from '@sagekeep/watch';

const marks = { pass: 'ok  ', warn: 'WARN', fail: 'FAIL', skip: 'skip' } as const;

/** What needs somebody comes first. */
const urgency = { fail: 0, warn: 1, pass: 2, skip: 2 } as const;

/** Every finding in a line; what is not in order with its expectation and advice below. */
export function findingsText({ status, findings }: VerifyJobResult): string {
  const number = (wanted: Finding['status']) =>
    findings.filter((finding) => finding.status === wanted).length;
  const counts = `${number('pass')} pass, ${number('warn')} warn, ${number('fail')} fail, ${number('skip')} skipped`;
  return [
    `${status.toUpperCase()}: ${counted(findings.length, 'check')}: ${counts}`,
    ...[...findings].sort((a, b) => urgency[a.status] - urgency[b.status]).flatMap(findingLines),
  ].join('\n');
}

function findingLines({ status, id, title, value, expected, advice }: Finding): string[] {
  const line = `  ${marks[status]}  ${plainLine(`${title}: ${value}`)}  [${id}]`;
  if (status === 'pass') return [line];
  return [
    line,
    ...(expected === '' || status === 'skip' ? [] : [`        expected  ${plainLine(expected)}`]),
    ...(advice === '' ? [] : [`        do        ${plainLine(advice)}`]),
  ];
}
