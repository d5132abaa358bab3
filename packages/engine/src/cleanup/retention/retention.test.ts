import type { Backup, RetentionPolicy } from '@sagekeep/contracts';
import { exampleBackup, exampleManifest, exampleProof } from '@sagekeep/storage/testing';
import { describe, expect, it } from 'vitest';
import { type Decision, decide, type RetentionInput } from './retention.ts';

const day = 86_400_000;
const now = new Date('2026-11-22T12:00:00Z');
const nothing: RetentionPolicy = {
  keepDays: 0,
  keepLast: 0,
  keepDaily: 0,
  keepWeekly: 0,
  keepMonthly: 0,
  keepYearly: 0,
  safetyDays: 0,
  maxBytes: null,
  maxDeleteShare: 1,
};

type Made = Partial<Backup['marks']> & { reason?: 'manual' | 'schedule' | 'safety'; unproven?: boolean };

/** A backup so many days old; proven unless told otherwise. */
function made(daysAgo: number, { reason = 'schedule', unproven = false, ...marks }: Made = {}): Backup {
  const at = new Date(now.getTime() - daysAgo * day).toISOString();
  const id = `sage_backup_${at.slice(0, 19).replaceAll(/[-:]/g, '').replace('T', '_')}`;
  const manifest = exampleManifest({ id, database: 'sage', files: [], snapshotAt: at, reason });
  return exampleBackup(manifest, { proof: unproven ? null : exampleProof({ at }), ...marks });
}

function run(backups: readonly Backup[], changes: Partial<RetentionInput> = {}): Decision[] {
  return decide({
    backups,
    policy: { ...nothing, keepDays: 7 },
    now,
    proofExpected: true,
    inFlight: { backups: [], known: true },
    pinned: new Map(),
    ...changes,
  });
}

/** The ages in days of what is kept. */
function kept(backups: readonly Backup[], changes: Partial<RetentionInput> = {}): number[] {
  const decisions = run(backups, changes);
  return backups
    .filter(({ manifest }) => decisions.find(({ backup }) => backup === manifest.id)?.action === 'keep')
    .map(({ manifest }) => Math.round((now.getTime() - Date.parse(manifest.snapshotAt)) / day))
    .sort((a, b) => a - b);
}

function reasonFor(backup: Backup, decisions: readonly Decision[]): string {
  return decisions.find((decision) => decision.backup === backup.manifest.id)?.reason ?? 'not decided';
}

const daily = (from: number, to: number, how?: Made) =>
  Array.from({ length: to - from + 1 }, (_, i) => made(from + i, how));

describe('age', () => {
  it('deletes what is older than keepDays', () => {
    expect(kept(daily(0, 20))).toEqual([0, 1, 2, 3, 4, 5, 6]);
    const old = made(9);
    expect(reasonFor(old, run([made(0), old]))).toBe('older than 7 days, and no other rule keeps it');
  });

  it('counts from the newest proven backup: failing backups age nothing out', () => {
    expect(kept(daily(30, 40))).toEqual([30, 31, 32, 33, 34, 35, 36]);
    const unproven = [...daily(0, 29, { unproven: true }), ...daily(30, 40)];
    expect(kept(unproven)).toEqual(Array.from({ length: 37 }, (_, i) => i));
    const failing = [...daily(0, 29, { proof: exampleProof({ result: 'failed' }) }), ...daily(30, 40)];
    expect(kept(failing)).toEqual(Array.from({ length: 37 }, (_, i) => i));
    expect(reasonFor(failing[5] ?? made(0), run(failing))).toBe('nothing newer has succeeded');
  });

  it('counts from the newest backup while none is proven, or where no proofs are asked for', () => {
    expect(kept(daily(0, 20, { unproven: true }))).toEqual([0, 1, 2, 3, 4, 5, 6]);
    const once = [...daily(0, 19, { unproven: true }), made(20)];
    expect(kept(once, { proofExpected: false })).toEqual([0, 1, 2, 3, 4, 5, 6, 20]);
  });

  it('is not misled by a clock that was ahead', () => {
    const future = made(-3650);
    expect(kept([future, ...daily(0, 20)])).toEqual([-3650, 0, 1, 2, 3, 4, 5, 6]);
    expect(kept(daily(0, 20), { now: new Date('2020-01-01T00:00:00Z') })).toHaveLength(21);
    expect(kept(daily(0, 20), { now: new Date('2036-01-01T00:00:00Z') })).toEqual([0, 1, 2, 3, 4, 5, 6]);
  });
});

describe('always kept', () => {
  const policy = nothing;

  it('the newest proven backup and the newest of all', () => {
    const bad = { proof: exampleProof({ result: 'failed' as const }) };
    expect(kept([made(0, bad), made(1, bad), made(5), made(6)], { policy })).toEqual([0, 1, 5]);
    const [newest, second, proven] = [made(0, bad), made(1, bad), made(5)];
    const decisions = run([newest, second, proven], { policy });
    expect(reasonFor(newest, decisions)).toBe('newest backup');
    expect(reasonFor(proven, decisions)).toBe('newest proven backup');
  });

  it('the newest proven one that is no safety backup, too', () => {
    expect(kept([made(0, { reason: 'safety' }), made(1), made(2)], { policy })).toEqual([0, 1]);
  });

  it('what is held, pinned, or read by a queued job', () => {
    const hold = { kind: 'hold' as const, at: now.toISOString(), by: 'ann', reason: 'audit 2026' };
    const backups = [made(0), made(10, { hold }), made(11), made(12), made(13)];
    const [, held, pinned, queued] = backups.map(({ manifest }) => manifest.id);
    const input = {
      policy,
      pinned: new Map([[pinned ?? '', 'restore 7']]),
      inFlight: { backups: [queued ?? ''], known: true },
    };
    expect(kept(backups, input)).toEqual([0, 10, 11, 12]);
    const reasons = new Map(run(backups, input).map(({ backup, reason }) => [backup, reason]));
    expect(reasons.get(held ?? '')).toBe('held by ann: audit 2026');
    expect(reasons.get(pinned ?? '')).toBe('being read by restore 7');
    expect(reasons.get(queued ?? '')).toBe('a queued or running job will read it');
  });

  it('everything while one backup is suspect, until a person acknowledges it', () => {
    const suspect = {
      kind: 'suspect' as const,
      at: '2026-11-21T00:00:00Z',
      reasons: ['memories has 0 rows'],
    };
    const acknowledged = (at: string) => ({
      suspect,
      acknowledgement: { kind: 'acknowledgement' as const, at, by: 'ann', reason: 'meant so' },
    });
    expect(kept([made(0), made(1, { suspect }), ...daily(8, 20)], { policy })).toHaveLength(15);
    expect(kept([made(0), made(1, acknowledged('2026-11-20T00:00:00Z')), made(9)], { policy })).toEqual([
      0, 1, 9,
    ]);
    expect(kept([made(0), made(1, acknowledged('2026-11-21T00:00:00Z')), made(9)], { policy })).toEqual([0]);
    expect(reasonFor(made(9), run([made(0, { suspect }), made(9)]))).toMatch(
      /frozen: .* \(memories has 0 rows\)/,
    );
  });

  it('everything while the queue could not be asked', () => {
    expect(kept(daily(0, 20), { inFlight: { backups: [], known: false } })).toHaveLength(21);
  });
});

describe('safety backups', () => {
  it('stay for safetyDays, whatever the other rules say, and use up no place of theirs', () => {
    const backups = [made(0), made(1, { reason: 'safety' }), made(2), made(3, { reason: 'safety' }), made(4)];
    expect(kept(backups, { policy: { ...nothing, keepLast: 2 } })).toEqual([0, 2]);
    expect(kept(backups, { policy: { ...nothing, keepLast: 3, safetyDays: 2 } })).toEqual([0, 1, 2, 4]);
    expect(kept(backups, { policy: { ...nothing, keepDays: 30, safetyDays: 2 } })).toEqual([0, 1, 2, 4]);
  });
});

describe('counts', () => {
  it('keepLast keeps so many of the newest', () => {
    expect(kept(daily(0, 9), { policy: { ...nothing, keepLast: 3 } })).toEqual([0, 1, 2]);
  });

  it('keepDaily keeps the newest of each day that has one, however long ago', () => {
    const backups = [made(0.1), made(0.2), made(3), made(3.2), made(90)];
    expect(kept(backups, { policy: { ...nothing, keepDaily: 3 } })).toEqual([0, 3, 90]);
  });

  it('keepWeekly, keepMonthly and keepYearly keep the newest of theirs; the union stays', () => {
    const policy = { ...nothing, keepWeekly: 2, keepMonthly: 2, keepYearly: 2 };
    // 2026-11-22 is a Sunday: the week began six days before it, the month 21, the year 325.
    expect(kept(daily(0, 400), { policy })).toEqual([0, 7, 22, 326]);
  });

  it('are not used up by backups that have not succeeded yet', () => {
    const backups = [...daily(0, 4, { unproven: true }), ...daily(5, 12)];
    expect(kept(backups, { policy: { ...nothing, keepLast: 2 } })).toEqual([0, 1, 2, 3, 4, 5, 6]);
  });

  it('never count known bad backups', () => {
    const bad = { proof: exampleProof({ result: 'failed' as const }) };
    const scrubbed = {
      scrub: { kind: 'scrub' as const, at: now.toISOString(), result: 'damaged' as const, damaged: ['x'] },
    };
    const backups = [made(0), made(1, bad), made(2, scrubbed), made(3), made(4)];
    expect(kept(backups, { policy: { ...nothing, keepLast: 2 } })).toEqual([0, 3]);
  });

  it('keep the newest proven one of a period besides an unproven newest', () => {
    const backups = [made(0), made(2.1, { unproven: true }), made(2.3), made(2.4)];
    const policy = { ...nothing, keepDaily: 2 };
    expect(run(backups, { policy }).map(({ action }) => action)).toEqual(['keep', 'keep', 'keep', 'delete']);
  });
});
