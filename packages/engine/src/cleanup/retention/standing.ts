import type { Backup } from '@sagekeep/contracts';
import { isKnownBad, isProven, isRegular, isSuspect, newestFirst } from '@sagekeep/storage';

/** What retention has to know about a database's backups as a whole before it looks at any one of them. */
export interface Standing {
  /** Newest first. */
  readonly backups: readonly Backup[];
  readonly newest: Backup | null;
  readonly newestProven: Backup | null;
  /** The newest proven one that is no safety backup: what was saved just before a restore may be the damage itself. */
  readonly newestRegularProven: Backup | null;
  /**
   * The success that ages and counts start from: the newest proven backup, or, while none is proven, the newest one
   * that is not known to be bad. Null when there is none whose time has come: a clock may have been ahead.
   */
  readonly reference: Backup | null;
  /** The newest backup that looks wrong and that nobody has acknowledged. */
  readonly suspect: Backup | null;
}

/** `proofExpected` is false where the configuration asks for no proofs: then a backup is a success without one. */
export function standingOf(backups: readonly Backup[], now: Date, proofExpected: boolean): Standing {
  const sorted = [...backups].sort(newestFirst);
  const regular = sorted.filter(isRegular);
  const past = sorted.filter((backup) => timeOf(backup) <= now.getTime());
  return {
    backups: sorted,
    newest: sorted[0] ?? null,
    newestProven: sorted.find(isProven) ?? null,
    newestRegularProven: regular.find(isProven) ?? null,
    reference: newestSuccess(past, proofExpected),
    suspect: sorted.find(isSuspect) ?? null,
  };
}

/** The instant of a backup's snapshot, ms. */
export function timeOf({ manifest }: Backup): number {
  return Date.parse(manifest.snapshotAt);
}

/** Regular ones first: a safety backup may hold the very damage that a restore was to mend. */
function newestSuccess(sorted: readonly Backup[], proofExpected: boolean): Backup | null {
  const good = sorted.filter((backup) => !isKnownBad(backup));
  const proven = proofExpected ? good.filter(isProven) : [];
  return proven.find(isRegular) ?? proven[0] ?? good.find(isRegular) ?? good[0] ?? null;
}
