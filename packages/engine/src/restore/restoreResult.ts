import type { RestoreJobResult, RestoreRecord } from '@sagekeep/contracts';
import { wayBack } from './commands.ts';

/** What the job of a restore has as its result. */
export function restoreResult(record: RestoreRecord): RestoreJobResult {
  return {
    restore: record.id,
    downtimeMs: record.downtimeMs,
    safetyBackup: record.safetyBackup,
    proof: record.proof?.result ?? 'none',
    method: record.method,
    wayBack: wayBack(record),
  };
}
