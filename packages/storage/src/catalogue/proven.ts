import type { Backup } from '@sagekeep/contracts';

/** Whether the newest proof succeeded and no later scrub found damage. */
export function isProven({ marks }: Backup): boolean {
  if (marks.proof === null || marks.proof.result === 'failed') return false;
  return marks.scrub?.result !== 'damaged' || Date.parse(marks.scrub.at) < Date.parse(marks.proof.at);
}

/** Whether a backup was made for its own sake: the safety backup of a restore may hold the damage that it was to mend. */
export function isRegular({ manifest }: Backup): boolean {
  return manifest.reason !== 'safety';
}

/** Whether a backup counts as one that was made for the day it is needed: regular, and nothing speaks against it. */
export function isGoodRegular(backup: Backup): boolean {
  return isRegular(backup) && !isKnownBad(backup);
}

/** Whether something that was learned later says that the backup cannot be trusted. */
export function isKnownBad(backup: Backup): boolean {
  const { proof, scrub } = backup.marks;
  return !isProven(backup) && (proof?.result === 'failed' || scrub?.result === 'damaged');
}

/** Whether the backup looked wrong against its history and nobody has said since that it is right. */
export function isSuspect({ marks }: Backup): boolean {
  if (marks.suspect === null) return false;
  const acknowledgedAt = marks.acknowledgement === null ? -Infinity : Date.parse(marks.acknowledgement.at);
  return acknowledgedAt < Date.parse(marks.suspect.at);
}
