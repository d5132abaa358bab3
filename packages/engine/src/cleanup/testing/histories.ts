import type { RetentionPolicy } from '@sagekeep/contracts';
import { exampleBackup, exampleManifest, exampleProof } from '@sagekeep/storage/testing';
import fc from 'fast-check';
import type { RetentionInput } from '../retention/retention.ts';

const hour = 3_600_000;
const base = Date.UTC(2026, 10, 22, 2);

const small = fc.integer({ min: 0, max: 4 });
const policies: fc.Arbitrary<RetentionPolicy> = fc.record({
  keepDays: fc.integer({ min: 0, max: 10 }),
  keepLast: small,
  keepDaily: small,
  keepWeekly: small,
  keepMonthly: small,
  keepYearly: small,
  safetyDays: fc.integer({ min: 0, max: 10 }),
  maxBytes: fc.constant(null),
  maxDeleteShare: fc.constant(1),
});

/** Hours before or (a clock that was ahead) after now; few distinct ones, so that ties happen. */
const times = fc.oneof(
  { weight: 8, arbitrary: fc.integer({ min: -48, max: 24 * 60 }) },
  { weight: 1, arbitrary: fc.constantFrom(-24 * 3650, 24 * 400, 24 * 3650) },
);
const instants = fc.integer({ min: 0, max: 20 }).map((hours) => new Date(base + hours * hour).toISOString());

/** Something in one of so many cases, else null. */
function rarely<T>(times: number, arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | null> {
  return fc.oneof({ weight: times - 1, arbitrary: fc.constant(null) }, { weight: 1, arbitrary });
}

/** Null in one of so many cases, else something. */
function rarelyNot<T>(times: number, arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | null> {
  return fc.oneof({ weight: 1, arbitrary: fc.constant(null) }, { weight: times - 1, arbitrary });
}

const backups = fc
  .array(
    fc.record({
      hoursAgo: times,
      reason: fc.constantFrom('manual' as const, 'schedule' as const, 'safety' as const),
      proof: rarelyNot(
        4,
        fc.record({
          result: fc.constantFrom('proven' as const, 'content-proven' as const, 'failed' as const),
          at: instants,
        }),
      ),
      scrub: rarely(
        4,
        fc.record({ result: fc.constantFrom('whole' as const, 'damaged' as const), at: instants }),
      ),
      hold: rarely(10, fc.constant(true)),
      suspect: rarely(100, instants),
      acknowledged: rarely(2, instants),
    }),
    { maxLength: 25 },
  )
  .map((all) =>
    all.map(({ hoursAgo, reason, proof, scrub, hold, suspect, acknowledged }, index) => {
      const snapshotAt = new Date(base - hoursAgo * hour).toISOString();
      const id = `sage_backup_20261122_020000_${index + 2}`;
      return exampleBackup(exampleManifest({ id, database: 'sage', files: [], snapshotAt, reason }), {
        proof: proof === null ? null : exampleProof(proof),
        scrub: scrub === null ? null : { kind: 'scrub', damaged: [], ...scrub },
        hold: hold ? { kind: 'hold', at: snapshotAt, by: 'ann', reason: 'audit' } : null,
        suspect: suspect === null ? null : { kind: 'suspect', at: suspect, reasons: ['rows collapsed'] },
        acknowledgement:
          acknowledged === null
            ? null
            : {
                kind: 'acknowledgement',
                at: acknowledged,
                by: 'ann',
                reason: 'fine',
              },
      });
    }),
  );

/** Random pasts of a database: proofs and their failures, holds, damage, readers, clocks that were wrong. */
export const histories: fc.Arbitrary<RetentionInput> = fc
  .record({
    backups,
    policy: policies,
    now: fc.constantFrom(0, 0, 0, -24 * 400, 24 * 400, 48).map((hours) => new Date(base + hours * hour)),
    proofExpected: fc.boolean(),
    named: fc.integer({ min: 0, max: 30 }),
    read: fc.integer({ min: 0, max: 30 }),
    known: fc.integer({ min: 0, max: 9 }).map((n) => n > 0),
  })
  .map(({ named, read, known, ...rest }) => ({
    ...rest,
    inFlight: { backups: [`sage_backup_20261122_020000_${named}`], known },
    pinned: new Map([[`sage_backup_20261122_020000_${read}`, 'a reader']]),
  }));
