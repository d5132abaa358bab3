import type { Backup, RetentionPolicy } from '@sagekeep/contracts';
import { exampleBackup, exampleManifest, exampleProof } from '@sagekeep/storage/testing';
import { describe, expect, it } from 'vitest';
import { sevenDays } from '../testing/scene.ts';
import { breakerOf } from './breaker.ts';
import type { Decision } from './retention.ts';

function sized(
  day: number,
  size: { rows?: number; bytes?: number },
  marks: Partial<Backup['marks']> = {},
): Backup {
  const { rows = 1000, bytes = 50_000_000 } = size;
  const snapshotAt = new Date(Date.UTC(2026, 10, day, 2)).toISOString();
  const table = { name: 'public.memories', columns: ['id'], rows, bytes, digest: '0'.repeat(64), nulls: {} };
  const inventory = {
    entries: [],
    tables: [table],
    sequences: [],
    largeObjects: { count: 0, bytes: 0, digest: '0'.repeat(64) },
  };
  const id = `sage_backup_202611${`${day}`.padStart(2, '0')}_020000`;
  return exampleBackup(exampleManifest({ id, database: 'sage', files: [], snapshotAt, inventory }), marks);
}

/** Decisions that delete so many of so many. */
function decisions(deleted: number, all: number): Decision[] {
  return Array.from({ length: all }, (_, i) => ({
    backup: `${i}`,
    action: i < deleted ? ('delete' as const) : ('keep' as const),
    reason: 'test',
  }));
}
const usual = [1, 2, 3, 4, 5, 6].map((day) => sized(day, {}));
const policy = (maxDeleteShare: number): RetentionPolicy => ({ ...sevenDays, maxDeleteShare });

describe('the circuit breaker', () => {
  it('stops a plan that deletes more than the share, and no smaller one', () => {
    expect(breakerOf(decisions(6, 10), usual, policy(0.5))).toBe(
      'it would delete 6 of 10 backups, more than 50 %',
    );
    expect(breakerOf(decisions(5, 10), usual, policy(0.5))).toBeNull();
    expect(breakerOf(decisions(10, 10), usual, policy(1))).toBeNull();
    expect(breakerOf(decisions(0, 10), [sized(7, { rows: 0 }), ...usual], policy(0.5))).toBeNull();
  });

  it.each([
    ['rows', sized(7, { rows: 400 }), 'the newest backup has 400 rows where 1000 were usual'],
    [
      'bytes',
      sized(7, { bytes: 9_000_000 }),
      'the newest backup has 9000000 bytes where 50000000 were usual',
    ],
  ])('stops any deletion after a sudden drop in %s', (_what, newest, reason) => {
    expect(breakerOf(decisions(1, 7), [...usual, newest], policy(0.5))).toBe(reason);
  });

  it('lets normal shrinking, small tables, first backups and acknowledged drops pass', () => {
    const passes = (newest: Backup, before = usual) =>
      expect(breakerOf(decisions(1, 7), [...before, newest], policy(0.5))).toBeNull();
    passes(sized(7, { rows: 500, bytes: 25_000_000 }));
    passes(
      sized(7, { rows: 5, bytes: 100 }),
      [1, 2].map((day) => sized(day, { rows: 20, bytes: 500_000 })),
    );
    passes(sized(7, { rows: 0, bytes: 0 }), []);
    passes(
      sized(
        7,
        { rows: 0 },
        {
          acknowledgement: {
            kind: 'acknowledgement',
            at: '2026-11-07T03:00:00Z',
            by: 'ann',
            reason: 'moved',
          },
        },
      ),
    );
  });

  it('does not stop the nights after an acknowledgement, and stops the same accident again', () => {
    const acknowledgement = {
      ...{ kind: 'acknowledgement' as const, at: '2026-11-07T03:00:00Z', by: 'ann', reason: 'moved' },
    };
    const acknowledged = [...usual, sized(7, { rows: 400 }, { acknowledgement })];
    expect(breakerOf(decisions(1, 8), [...acknowledged, sized(8, { rows: 400 })], policy(0.5))).toBeNull();
    const restored = [...acknowledged, sized(8, {}), sized(9, { rows: 400 })];
    expect(breakerOf(decisions(1, 9), restored, policy(0.5))).toBe(
      'the newest backup has 400 rows where 1000 were usual',
    );
  });

  it('compares with the median of good backups: one odd or failed one is no yardstick', () => {
    const huge = sized(6, { rows: 100_000 });
    expect(breakerOf(decisions(1, 7), [...usual.slice(0, 5), huge, sized(7, {})], policy(0.5))).toBeNull();
    const failed = sized(8, { rows: 1 }, { proof: exampleProof({ result: 'failed' }) });
    expect(breakerOf(decisions(1, 8), [...usual, sized(7, {}), failed], policy(0.5))).toBeNull();
  });
});
