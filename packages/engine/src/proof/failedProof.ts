import type { Backup, Proof, SagekeepError } from '@sagekeep/contracts';
import type { RestoreDependencies } from '../restore/dependencies.ts';

export interface Circumstances {
  readonly jobId: string;
  readonly where: string;
  readonly began: number;
  readonly timings: Readonly<Record<string, number>>;
}

/** What is marked when the backup itself is why it could not be restored. */
export function failedProof(
  deps: RestoreDependencies,
  backup: Backup,
  error: SagekeepError,
  facts: Circumstances,
): Proof {
  return {
    kind: 'proof',
    result: 'failed',
    at: deps.now().toISOString(),
    where: facts.where,
    serverVersion: backup.manifest.serverVersion,
    clientVersion: backup.manifest.clientVersion,
    vectorIndexes: false,
    files: [],
    durationMs: Math.round(performance.now() - facts.began),
    timings: { ...facts.timings },
    differences: [],
    notes: [],
    error: error.message,
    jobId: facts.jobId,
  };
}
