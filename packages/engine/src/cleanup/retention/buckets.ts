import type { Backup, RetentionPolicy } from '@sagekeep/contracts';
import { isGoodRegular, isProven } from '@sagekeep/storage';
import { type Standing, timeOf } from './standing.ts';

interface Rule {
  readonly name: string;
  readonly count: (policy: RetentionPolicy) => number;
  /** Backups of one bucket compete; null gives each its own. */
  readonly bucketOf: ((time: Date) => string) | null;
}

const rules: readonly Rule[] = [
  { name: 'last', count: (policy) => policy.keepLast, bucketOf: null },
  { name: 'daily', count: (policy) => policy.keepDaily, bucketOf: (time) => time.toISOString().slice(0, 10) },
  { name: 'weekly', count: (policy) => policy.keepWeekly, bucketOf: isoWeek },
  {
    name: 'monthly',
    count: (policy) => policy.keepMonthly,
    bucketOf: (time) => time.toISOString().slice(0, 7),
  },
  {
    name: 'yearly',
    count: (policy) => policy.keepYearly,
    bucketOf: (time) => time.toISOString().slice(0, 4),
  },
];

/**
 * restic's counting rules: of each of the last n days (weeks, months, years; UTC) that have a backup the newest stays;
 * the union of all rules. Counted from the reference backwards, so that what has not succeeded uses nothing up; known
 * bad and safety backups never count. Where the newest of a period is not proven, its newest proven one stays as well.
 * Gives the reason by id.
 */
export function keptByCount(standing: Standing, policy: RetentionPolicy): Map<string, string> {
  const { reference } = standing;
  const kept = new Map<string, string>();
  if (reference === null) return kept;
  const countable = standing.backups.filter(
    (backup) => isGoodRegular(backup) && timeOf(backup) <= timeOf(reference),
  );
  for (const rule of rules) {
    for (const [bucket, backups] of firstBuckets(countable, rule, rule.count(policy))) {
      const [newest] = backups;
      const proven = backups.find(isProven);
      const period = rule.bucketOf === null ? '' : ` ${bucket}`;
      if (newest !== undefined) note(kept, newest, `${rule.name}: newest${period}`);
      if (proven !== undefined && proven !== newest)
        note(kept, proven, `${rule.name}: newest proven${period}`);
    }
  }
  return kept;
}

function firstBuckets(
  newestFirst: readonly Backup[],
  { bucketOf }: Rule,
  count: number,
): Map<string, Backup[]> {
  const buckets = new Map<string, Backup[]>();
  for (const backup of newestFirst) {
    const bucket = bucketOf?.(new Date(timeOf(backup))) ?? backup.manifest.id;
    const members = buckets.get(bucket);
    if (members !== undefined) members.push(backup);
    else if (buckets.size < count) buckets.set(bucket, [backup]);
    else break;
  }
  return buckets;
}

function note(kept: Map<string, string>, { manifest }: Backup, reason: string): void {
  if (!kept.has(manifest.id)) kept.set(manifest.id, reason);
}

/** ISO 8601: weeks start on Monday and belong to the year of their Thursday. */
export function isoWeek(time: Date): string {
  const day = 86_400_000;
  const midnight = Math.floor(time.getTime() / day) * day;
  const weekday = (new Date(midnight).getUTCDay() + 6) % 7;
  const thursday = new Date(midnight + (3 - weekday) * day);
  const firstOfYear = Date.UTC(thursday.getUTCFullYear(), 0, 1);
  const week = Math.floor((thursday.getTime() - firstOfYear) / (7 * day)) + 1;
  return `${thursday.getUTCFullYear()}-W${`${week}`.padStart(2, '0')}`;
}
