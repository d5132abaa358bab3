import type { Backup, RetentionPolicy } from '@sagekeep/contracts';
import { isRegular } from '@sagekeep/storage';
import type { InFlight } from '../../engine.ts';
import { counted } from '../../text/index.ts';
import { keptByCount } from './buckets.ts';
import { type Standing, standingOf, timeOf } from './standing.ts';

/** Everything that retention looks at: nothing else has a say. */
export interface RetentionInput {
  /** All backups of one database, in any order. */
  readonly backups: readonly Backup[];
  readonly policy: RetentionPolicy;
  readonly now: Date;
  /** Whether a backup of this database is a success only when it is proven. */
  readonly proofExpected: boolean;
  readonly inFlight: InFlight;
  /** Who reads a backup right now, by id. */
  readonly pinned: ReadonlyMap<string, string>;
}

/** What happens to one backup, and the rule that decided. */
export interface Decision {
  readonly backup: string;
  readonly action: 'keep' | 'delete';
  readonly reason: string;
}

const dayMs = 24 * 60 * 60 * 1000;

/**
 * Decides for every backup of a database, newest first. Whatever the policy, it never deletes the newest proven backup
 * (safety backups apart and included), the newest of all, what is held, pinned or will be read by a job, nor anything
 * at all while nothing newer has succeeded, while one backup is suspect, or while the queue could not be asked.
 */
export function decide(input: RetentionInput): Decision[] {
  const standing = standingOf(input.backups, input.now, input.proofExpected);
  const counted = keptByCount(standing, input.policy);
  return standing.backups.map((backup) => {
    const id = backup.manifest.id;
    const kept =
      protection(backup, standing, input) ?? age(backup, standing, input.policy) ?? counted.get(id);
    if (kept !== undefined) return { backup: id, action: 'keep', reason: kept };
    return { backup: id, action: 'delete', reason: expiry(backup, input.policy) };
  });
}

/** Rules that no policy can lift, the strongest first. */
function protection(backup: Backup, standing: Standing, input: RetentionInput): string | undefined {
  const { manifest, marks } = backup;
  const { suspect, reference } = standing;
  if (backup === standing.newestProven || backup === standing.newestRegularProven)
    return 'newest proven backup';
  if (backup === standing.newest) return 'newest backup';
  if (marks.hold !== null) return `held by ${marks.hold.by}: ${marks.hold.reason}`;
  if (input.inFlight.backups.includes(manifest.id)) return 'a queued or running job will read it';
  const reader = input.pinned.get(manifest.id);
  if (reader !== undefined) return `being read by ${reader}`;
  if (suspect !== null)
    return `frozen: ${suspect.manifest.id} is suspect (${suspect.marks.suspect?.reasons[0] ?? 'unknown'}) and nobody has acknowledged it`;
  if (reference === null) return 'there is no success that its age could be counted from';
  if (timeOf(backup) >= timeOf(reference)) return 'nothing newer has succeeded';
  if (!input.inFlight.known) return 'the queue could not be asked which backups its jobs will read';
  return undefined;
}

/** Ages count from the reference, not from now: failing backups never age good ones out. */
function age(backup: Backup, { reference }: Standing, policy: RetentionPolicy): string | undefined {
  if (reference === null) return undefined;
  const ageMs = timeOf(reference) - timeOf(backup);
  const days = isRegular(backup) ? policy.keepDays : policy.safetyDays;
  if (ageMs >= days * dayMs) return undefined;
  const what = isRegular(backup) ? 'younger' : 'safety backup younger';
  return `${what} than ${counted(days, 'day')}, counted from ${reference.manifest.id}`;
}

function expiry(backup: Backup, policy: RetentionPolicy): string {
  if (!isRegular(backup)) return `safety backup older than ${counted(policy.safetyDays, 'day')}`;
  return `older than ${counted(policy.keepDays, 'day')}, and no other rule keeps it`;
}
