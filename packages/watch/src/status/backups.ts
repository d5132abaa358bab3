import type { Backup } from '@sagekeep/contracts';

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
