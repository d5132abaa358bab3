import type { Backup, CleanupAction, RetentionPolicy } from '@sagekeep/contracts';
import { isKnownBad, isProven, isSuspect, newestFirst } from '@sagekeep/storage';
import { exampleBackup, exampleManifest, exampleProof } from '@sagekeep/storage/testing';
import fc from 'fast-check';
import { describe, it } from 'vitest';
import { planHashOf } from './planHash.ts';
import { decide, type RetentionInput } from './retention.ts';

/** The soak asks for more by the environment of the test run. */
const numRuns = Number(process.env['SAGEKEEP_PROPERTY_RUNS'] ?? 10_000);
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

const backups = fc
  .array(
    fc.record({
      hoursAgo: times,
      reason: fc.constantFrom('manual' as const, 'schedule' as const, 'safety' as const),
      proof: fc.option(
        fc.record({
          result: fc.constantFrom('proven' as const, 'content-proven' as const, 'failed' as const),
          at: instants,
        }),
      ),
      scrub: fc.option(
        fc.record({ result: fc.constantFrom('whole' as const, 'damaged' as const), at: instants }),
        { freq: 5 },
      ),
      hold: fc.boolean(),
      suspect: fc.option(instants, { freq: 30 }),
      acknowledged: fc.option(instants, { freq: 2 }),
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
        hold: hold && index % 5 === 0 ? { kind: 'hold', at: snapshotAt, by: 'ann', reason: 'audit' } : null,
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

const inputs: fc.Arbitrary<RetentionInput> = fc
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
    inFlight: { backups: [`sage_backup_20261122_020000_${named}`], latestOf: [], known },
    pinned: new Map([[`sage_backup_20261122_020000_${read}`, 'a reader']]),
  }));

/** Holds for every history that fast-check can think of. */
function always(name: string, holds: (input: RetentionInput, deleted: readonly Backup[]) => boolean): void {
  it(name, { timeout: 120_000 }, () => {
    fc.assert(
      fc.property(inputs, (input) => holds(input, deletedOf(input))),
      { numRuns },
    );
  });
}

function deletedOf(input: RetentionInput): Backup[] {
  const gone = new Set(
    decide(input)
      .filter(({ action }) => action === 'delete')
      .map(({ backup }) => backup),
  );
  return input.backups.filter(({ manifest }) => gone.has(manifest.id));
}

const timeOf = ({ manifest }: Backup) => Date.parse(manifest.snapshotAt);

describe('whatever happened before', () => {
  always(
    'the newest proven backup is never in a plan, safety backups apart or not',
    ({ backups }, deleted) => {
      const sorted = backups.toSorted(newestFirst);
      const proven = sorted.find(isProven);
      const regular = sorted.find((backup) => isProven(backup) && backup.manifest.reason !== 'safety');
      return !deleted.some((backup) => backup === proven || backup === regular);
    },
  );

  always('the newest backup is never in a plan', ({ backups }, deleted) => {
    const [newest] = backups.toSorted(newestFirst);
    return newest === undefined || !deleted.includes(newest);
  });

  always('what is held, pinned or will be read is never in a plan', ({ inFlight, pinned }, deleted) =>
    deleted.every(
      ({ manifest: { id }, marks }) =>
        marks.hold === null && !pinned.has(id) && !inFlight.backups.includes(id),
    ),
  );

  always(
    'nothing is in a plan while a backup is suspect or the queue is unknown',
    ({ backups, inFlight }, deleted) => deleted.length === 0 || (inFlight.known && !backups.some(isSuspect)),
  );

  always('what is deleted has a newer success beside it', ({ backups, now, proofExpected }, deleted) => {
    const past = backups.filter((backup) => timeOf(backup) <= now.getTime());
    const needsProof = proofExpected && past.some(isProven);
    const successes = past.filter((b) => (needsProof ? isProven(b) : !isKnownBad(b)) && !deleted.includes(b));
    return deleted.every((gone) => successes.some((success) => timeOf(success) > timeOf(gone)));
  });

  always(
    'the newest keepLast good ones before the newest proven one stay',
    ({ backups, policy, now }, deleted) => {
      const reference = backups
        .toSorted(newestFirst)
        .find((b) => isProven(b) && b.manifest.reason !== 'safety' && timeOf(b) <= now.getTime());
      if (reference === undefined) return true;
      const good = backups
        .toSorted(newestFirst)
        .filter((b) => isProven(b) && b.manifest.reason !== 'safety' && timeOf(b) <= timeOf(reference));
      const unproven = backups.filter((b) => !isProven(b)).length;
      return !good
        .slice(0, Math.max(0, policy.keepLast - unproven))
        .some((backup) => deleted.includes(backup));
    },
  );

  always('every backup is decided exactly once, with a reason', (input) => {
    const decisions = decide(input);
    return (
      decisions.length === input.backups.length &&
      new Set(decisions.map(({ backup }) => backup)).size === decisions.length &&
      decisions.every(({ reason }) => reason.length > 0)
    );
  });

  always('a second cleanup has nothing left to do', (input, deleted) => {
    const left = input.backups.filter((backup) => !deleted.includes(backup));
    return deletedOf({ ...input, backups: left }).length === 0;
  });

  it('the order in which backups are listed does not matter, to the plan nor to its hash', {
    timeout: 120_000,
  }, () => {
    const hashOf = (input: RetentionInput) =>
      planHashOf(
        decide(input).map(
          (decision): CleanupAction => ({ subject: 'backup', database: 'sage', bytes: 0, ...decision }),
        ),
      );
    fc.assert(
      fc.property(inputs, fc.infiniteStream(fc.nat()), (input, order) => {
        const backups = input.backups
          .map((backup) => ({ backup, at: order.next().value ?? 0 }))
          .sort((a, b) => a.at - b.at)
          .map(({ backup }) => backup);
        return hashOf(input) === hashOf({ ...input, backups });
      }),
      { numRuns },
    );
  });
});
