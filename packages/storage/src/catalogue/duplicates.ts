import type { Backup, DamagedBackup, Manifest } from '@sagekeep/contracts';
import { compareIds } from '../names.ts';

/**
 * Two workers may both have published for one job (one of them was frozen beyond its lock). The smallest id is that
 * job's backup; the others are none. A job may back up several dbnames, for several reasons: those are no duplicates.
 */
export function withoutDuplicates(backups: readonly Backup[]): {
  backups: Backup[];
  damaged: DamagedBackup[];
} {
  const firstOf = new Map<string, string>();
  for (const { manifest } of backups) {
    const known = firstOf.get(purposeOf(manifest));
    if (known === undefined || compareIds(manifest.id, known) < 0)
      firstOf.set(purposeOf(manifest), manifest.id);
  }
  const isFirst = ({ manifest }: Backup) => firstOf.get(purposeOf(manifest)) === manifest.id;
  return {
    backups: backups.filter(isFirst),
    damaged: backups
      .filter((backup) => !isFirst(backup))
      .map(({ manifest }) => ({
        database: manifest.database,
        id: manifest.id,
        reason: duplicateReason(firstOf.get(purposeOf(manifest)) ?? ''),
      })),
  };
}

const reasonPrefix = 'duplicate of ';

export function duplicateReason(id: string): string {
  return `${reasonPrefix}${id}`;
}

/** Whether a damaged backup is one only because its job has already made another. */
export function isDuplicate(damaged: DamagedBackup): boolean {
  return damaged.reason.startsWith(reasonPrefix);
}

/** What a backup was made for: two of one purpose are one too many. */
export function purposeOf({
  database,
  dbname,
  reason,
  jobId,
}: Pick<Manifest, 'database' | 'dbname' | 'reason' | 'jobId'>): string {
  return JSON.stringify([database, dbname, reason, jobId]);
}
