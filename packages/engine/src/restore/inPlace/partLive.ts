import { type RestoreRecord, SagekeepError } from '@sagekeep/contracts';
import { safetyCommand } from '../commands.ts';

/** What is true when the dump itself has committed the transaction that it was restored in, before the proof. */
export function partLive(record: RestoreRecord): Pick<RestoreRecord, 'state' | 'partLive' | 'error'> {
  const then = record.error === null ? '' : ` After that: ${record.error}`;
  const words = `The dump has committed the transaction that it was restored in: what it holds up to there is live, and nothing of what comes after.${then}`;
  return { state: 'failed', partLive: true, error: words };
}

/** Of a record that says so. Another attempt would come to the same, and its safety backup would be of that part. */
export function partLiveError(record: RestoreRecord, cause?: unknown): SagekeepError {
  return new SagekeepError('RESTORE_REFUSED', record.error ?? 'A part of the dump is live.', {
    advice: `The state before is in the safety backup: ${safetyCommand(record)}`,
    facts: { restore: record.id, safetyBackup: record.safetyBackup },
    cause,
  });
}
