import type {
  Finding,
  FindingStatus,
  JobContext,
  Observation,
  Report,
  VerifyPayload,
} from '@sagekeep/contracts';
import type { Vault } from '@sagekeep/storage';
import { verificationId } from './verificationId.ts';

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

/** Of what passed, the count is kept, and what was measured. */
function observationOf({ payload, context, at, status, findings }: Outcome): Observation {
  return {
    version: 1,
    id: verificationId(payload.database, context.jobId, at),
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
