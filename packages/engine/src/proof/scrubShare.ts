import type { Backup } from '@sagekeep/contracts';
import { lastRead } from '@sagekeep/storage';

export interface ScrubPolicy {
  readonly now: Date;
  /** Every archive is read again within this time. */
  readonly withinMs: number;
}

const day = 86_400_000;

export function sizeOf(backup: Backup): number {
  return backup.manifest.files.reduce((sum, file) => sum + file.bytes, 0);
}

/** Until the next run, which is taken to be as far away as the last one: a day, or what it really was. */
function gapMs(backups: readonly Backup[], { now, withinMs }: ScrubPolicy): number {
  const runs = backups.flatMap(({ marks: { scrub } }) => (scrub === null ? [] : [Date.parse(scrub.at)]));
  const since = runs.length === 0 ? withinMs : now.getTime() - Math.max(...runs);
  return Math.min(withinMs, Math.max(day, since));
}

/**
 * What one run has to read so that runs like it read every archive in time: longest unread first, the share of all bytes
 * that falls to one run, and whatever would be overdue before the next.
 */
export function scrubShare(backups: readonly Backup[], policy: ScrubPolicy): Backup[] {
  const gap = gapMs(backups, policy);
  const due = policy.now.getTime() + gap - policy.withinMs;
  const share = (backups.reduce((sum, backup) => sum + sizeOf(backup), 0) * gap) / policy.withinMs;
  let before = 0;
  return backups
    .map((backup) => ({ backup, at: lastRead(backup).getTime() }))
    .toSorted((a, b) => a.at - b.at)
    .filter(({ backup, at }) => {
      const taken = before < share || at <= due;
      before += sizeOf(backup);
      return taken;
    })
    .map(({ backup }) => backup);
}
