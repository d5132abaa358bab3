import type { Backup } from '@sagekeep/contracts';
import { compareIds } from '../names.ts';

/** Orders backups by their snapshots, the newest first; of one instant the larger id is the newer. */
export function newestFirst(a: Backup, b: Backup): number {
  const byTime = Date.parse(b.manifest.snapshotAt) - Date.parse(a.manifest.snapshotAt);
  return byTime === 0 ? compareIds(b.manifest.id, a.manifest.id) : byTime;
}
