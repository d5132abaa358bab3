import type {
  Finding,
  FindingStatus,
  JobContext,
  Observation,
  Report,
  VerifyPayload,
} from '@sagekeep/contracts';
import type { Vault } from '@sagekeep/storage';
import { jobDigest } from '../lock/names.ts';

export interface Outcome {
  readonly payload: VerifyPayload;
  readonly context: JobContext;
  readonly at: Date;
  readonly status: FindingStatus;
  readonly findings: readonly Finding[];
}

/** Keeps the report, and an observation for the trends. */
export async function keepRecords(vault: Vault, report: Report, outcome: Outcome): Promise<void> {
  const observation = observationOf(outcome);
  await vault.records.put('reports', report.id, report);
  await vault.records.put('observations', observation.id, observation);
}

/** Ids of observations sort by time. Of what passed, the count is kept, and what was measured. */
function observationOf({ payload, context, at, status, findings }: Outcome): Observation {
  const stamp = at.toISOString().replace(/[-:]/g, '').replace(/\.\d+/, '');
  return {
    version: 1,
    id: `${stamp}-verification-${payload.database}-${jobDigest(context.jobId)}`,
    kind: 'verification',
    database: payload.database,
    at: at.toISOString(),
    status: status === 'skip' ? 'warn' : status,
    mode: payload.mode,
    passed: findings.filter((finding) => finding.status === 'pass').length,
    findings: findings.filter((finding) => finding.status !== 'pass').map(({ measures: _, ...told }) => told),
    measures: Object.fromEntries(
      findings.flatMap(({ id, measures }) => (measures === undefined ? [] : [[id, measures] as const])),
    ),
  };
}
