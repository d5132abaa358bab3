import type { Backup, Scrub } from '@sagekeep/contracts';
import { exampleBackup, exampleManifest, exampleProof } from '@sagekeep/storage/testing';
import { describe, expect, it } from 'vitest';
import { scrubShare } from './scrubShare.ts';

const day = 86_400_000;
const now = new Date('2026-11-30T05:00:00Z');
const policy = { now, withinMs: 30 * day };
const before = (days: number) => new Date(now.getTime() - days * day).toISOString();

/** Of equal size, made so many days ago. */
function made(daysAgo: number, marks: Partial<Backup['marks']> = {}): Backup {
  const files = [
    { name: 'a', format: 'custom', compression: 'zstd', bytes: 100, sha256: 'a'.repeat(64) } as const,
  ];
  const id = `sage_backup_20261101_${String(daysAgo).padStart(6, '0')}`;
  const manifest = exampleManifest({ id, database: 'sage', files, finishedAt: before(daysAgo) });
  return exampleBackup(manifest, marks);
}
const wholeAt = (at: string): { scrub: Scrub } => ({
  scrub: { kind: 'scrub', at, result: 'whole', damaged: [] },
});
const scrubbed = (daysAgo: number) => wholeAt(before(daysAgo));
const ages = (backups: readonly Backup[]) =>
  backups.map(({ manifest }) => Math.round((now.getTime() - Date.parse(manifest.finishedAt)) / day));

describe('what one run of the scrub reads', () => {
  it('is everything the first time, longest unread first', () => {
    expect(ages(scrubShare([made(1), made(9), made(5)], policy))).toEqual([9, 5, 1]);
  });

  it('is the share of a day when it ran yesterday', () => {
    const others = Array.from({ length: 59 }, (_, index) => made(index / 10));
    const backups = [...others, made(20, scrubbed(1))];
    expect(ages(scrubShare(backups, policy))).toEqual([6, 6]);
  });

  it('is as much more as it did not run, and all that would be overdue', () => {
    const others = Array.from({ length: 29 }, () => made(3));
    expect(scrubShare([...others, made(20, scrubbed(10))], policy)).toHaveLength(10);
    const old = [made(31), made(30), made(29), made(28)];
    expect(ages(scrubShare([...old, ...others, made(20, scrubbed(1))], policy))).toEqual([31, 30, 29]);
  });

  it('counts a proof as a reading, but not a failed one', () => {
    const proven = made(25, { proof: exampleProof({ at: before(2) }) });
    const failed = made(24, { proof: exampleProof({ at: before(2), result: 'failed' }) });
    expect(ages(scrubShare([proven, failed, made(20, scrubbed(1))], policy))).toEqual([24]);
  });

  it('reads every archive in time, run after run', () => {
    let backups = Array.from({ length: 40 }, (_, index) => made(index));
    for (let today = 1; today <= 60; today += 1) {
      const at = new Date(now.getTime() + today * day);
      const read = new Set(scrubShare(backups, { ...policy, now: at }));
      const marks = wholeAt(at.toISOString());
      backups = backups.map((one) => (read.has(one) ? exampleBackup(one.manifest, marks) : one));
      if (today > 1) expect(read.size).toBeLessThanOrEqual(2);
      for (const { marks } of backups)
        expect(at.getTime() - Date.parse(marks.scrub?.at ?? '')).toBeLessThanOrEqual(30 * day);
    }
  });
});
