import type { Backup } from '@sagekeep/contracts';

/** Whether a backup counts as one that would come back: proven (by content at least), and no later scrub found damage. */
export function isProven({ marks }: Backup): boolean {
  if (marks.proof === null || marks.proof.result === 'failed') return false;
  return marks.scrub?.result !== 'damaged' || marks.scrub.at < marks.proof.at;
}

/** A suspect mark that no person has acknowledged since. */
export function isSuspect({ marks }: Backup): boolean {
  if (marks.suspect === null) return false;
  return marks.acknowledgement === null || marks.acknowledgement.at < marks.suspect.at;
}

/** Bytes of a backup's files as stored. */
export function storedBytes({ manifest }: Backup): number {
  return manifest.files.reduce((sum, file) => sum + file.bytes, 0);
}

/** The backup with the newest snapshot; null for none. */
export function newest(backups: readonly Backup[]): Backup | null {
  return backups.reduce<Backup | null>(
    (best, backup) =>
      best === null || backup.manifest.snapshotAt > best.manifest.snapshotAt ? backup : best,
    null,
  );
}
