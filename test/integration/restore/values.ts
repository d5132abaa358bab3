import type { BackupPayload, DatabaseConfig, PlanPayload, RestorePayload } from '@sagekeep/contracts';

const hour = 3_600_000;

/**
 * How long a swap may keep clients waiting: below the 5 s of a rename that waits in vain. How short it really is, the
 * bench measures on a quiet machine.
 */
export const longestGapMs = 4000;

export function configOf(name: string, url: string, changes: Partial<DatabaseConfig> = {}): DatabaseConfig {
  return {
    name,
    url,
    container: null,
    formats: ['custom', 'sql'],
    rpoMs: 26 * hour,
    rtoMs: hour,
    proof: { when: 'every-backup', where: 'own', vectorIndexes: false },
    retention: {
      keepDays: 7,
      keepLast: 3,
      keepDaily: 0,
      keepWeekly: 0,
      keepMonthly: 0,
      keepYearly: 0,
      safetyDays: 7,
      maxBytes: null,
      maxDeleteShare: 0.5,
    },
    expect: { schema: null, references: [], coverage: [90, 70] },
    keepBeforeMs: 24 * hour,
    restoreMemoryBytes: 256 * 1024 * 1024,
    ...changes,
  };
}

export const backupPayload = (database = 'sage'): BackupPayload => ({
  database,
  reason: 'manual',
  by: 'tester',
});

export function restorePayload(changes: Partial<RestorePayload> = {}): RestorePayload {
  return {
    database: 'sage',
    withoutSafety: false,
    inPlace: false,
    createRoles: false,
    trustFile: false,
    onMismatch: 'drop',
    by: 'tester',
    ...changes,
  };
}

export function planPayload(changes: Partial<PlanPayload> = {}): PlanPayload {
  return {
    database: 'sage',
    withoutSafety: false,
    inPlace: false,
    createRoles: false,
    trustFile: false,
    by: 'tester',
    ...changes,
  };
}
