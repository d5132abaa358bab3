import type { Finding, FindingStatus, JobContext, Report, VerifyPayload } from '@sagekeep/contracts';
import { lateFacts } from '../report/index.ts';

export interface VerificationFacts {
  readonly payload: VerifyPayload;
  readonly context: JobContext;
  readonly status: FindingStatus;
  readonly findings: readonly Finding[];
  readonly at: Date;
  readonly durationMs: number;
  /** Where the database is, without its password. */
  readonly server: string;
  readonly dbname: string;
}

/** The report of a verification: what it came to, what needs somebody, and every finding by group. */
export function verificationReport(facts: VerificationFacts): Report {
  const { payload, findings, status } = facts;
  return {
    version: 1,
    id: facts.context.jobId,
    kind: 'verify',
    database: payload.database,
    at: facts.at.toISOString(),
    result: status === 'pass' || status === 'skip' ? 'done' : 'findings',
    title: `Verification of ${payload.database} (${payload.mode}): ${status}`,
    sections: [summary(facts), ...toDo(findings), ...groups(findings)],
  };
}

type Section = Report['sections'][number];

function summary({
  payload,
  context,
  findings,
  status,
  durationMs,
  server,
  dbname,
}: VerificationFacts): Section {
  const tally = (one: FindingStatus) => String(findings.filter((finding) => finding.status === one).length);
  return {
    title: 'Summary',
    facts: [
      { name: 'status', value: status },
      { name: 'mode', value: payload.mode },
      { name: 'server', value: server },
      { name: 'dbname', value: dbname },
      { name: 'asked by', value: context.actor },
      ...lateFacts(context),
      { name: 'checks', value: String(findings.length) },
      ...(['pass', 'warn', 'fail', 'skip'] as const).map((name) => ({ name, value: tally(name) })),
      { name: 'duration', value: `${(durationMs / 1000).toFixed(1)} s` },
    ],
  };
}

function toDo(findings: readonly Finding[]): Section[] {
  const bad = findings.filter(({ status }) => status === 'fail' || status === 'warn');
  if (bad.length === 0) return [];
  const facts = bad.flatMap(({ id, status, value, expected, advice }) => [
    { name: `${status} ${id}`, value },
    { name: '  expected', value: expected },
    { name: '  next', value: advice },
  ]);
  return [{ title: 'What needs somebody', facts }];
}

function groups(findings: readonly Finding[]): Section[] {
  const names = [...new Set(findings.map(({ group }) => group))];
  return names.map((group) => ({
    title: group.charAt(0).toUpperCase() + group.slice(1),
    facts: [],
    table: {
      columns: ['status', 'check', 'value', 'ms'],
      rows: findings
        .filter((finding) => finding.group === group)
        .map(({ status, id, value, durationMs }) => [status, id, value, String(durationMs)]),
    },
  }));
}
