import type { Backup, CleanupAction } from '@sagekeep/contracts';
import { isKnownBad, isProven, isSuspect, newestFirst } from '@sagekeep/storage';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { histories } from '../testing/histories.ts';
import { planHashOf } from './planHash.ts';
import { decide, type RetentionInput } from './retention.ts';

/** The soak asks for more by the environment of the test run. */
const numRuns = Number(process.env['SAGEKEEP_PROPERTY_RUNS'] ?? 10_000);
const limit = { timeout: 3_600_000 };

function deletedOf(input: RetentionInput): Backup[] {
  const gone = new Set(
    decide(input)
      .filter(({ action }) => action === 'delete')
      .map(({ backup }) => backup),
  );
  return input.backups.filter(({ manifest }) => gone.has(manifest.id));
}

const timeOf = ({ manifest }: Backup) => Date.parse(manifest.snapshotAt);

type Invariant = (input: RetentionInput, deleted: readonly Backup[]) => boolean;
const invariants: Record<string, Invariant> = {
  'the newest proven backup is never in a plan, safety backups apart or not': ({ backups }, deleted) => {
    const sorted = backups.toSorted(newestFirst);
    const proven = sorted.find(isProven);
    const regular = sorted.find((backup) => isProven(backup) && backup.manifest.reason !== 'safety');
    return !deleted.some((backup) => backup === proven || backup === regular);
  },
  'the newest backup is never in a plan': ({ backups }, deleted) => {
    const [newest] = backups.toSorted(newestFirst);
    return newest === undefined || !deleted.includes(newest);
  },
  'what is held, pinned or will be read is never in a plan': ({ inFlight, pinned }, deleted) =>
    deleted.every(
      ({ manifest: { id }, marks }) =>
        marks.hold === null && !pinned.has(id) && !inFlight.backups.includes(id),
    ),
  'nothing is in a plan while a backup is suspect or the queue is unknown': (
    { backups, inFlight },
    deleted,
  ) => deleted.length === 0 || (inFlight.known && !backups.some(isSuspect)),
  'what is deleted has a newer success beside it': ({ backups, now, proofExpected }, deleted) => {
    const past = backups.filter((backup) => timeOf(backup) <= now.getTime());
    const needsProof = proofExpected && past.some(isProven);
    const successes = past.filter((b) => (needsProof ? isProven(b) : !isKnownBad(b)) && !deleted.includes(b));
    return deleted.every((gone) => successes.some((success) => timeOf(success) > timeOf(gone)));
  },
  'the newest keepLast good ones before the newest proven one stay': ({ backups, policy, now }, deleted) => {
    const reference = backups
      .toSorted(newestFirst)
      .find((b) => isProven(b) && b.manifest.reason !== 'safety' && timeOf(b) <= now.getTime());
    if (reference === undefined) return true;
    const good = backups
      .toSorted(newestFirst)
      .filter((b) => isProven(b) && b.manifest.reason !== 'safety' && timeOf(b) <= timeOf(reference));
    const unproven = backups.filter((b) => !isProven(b)).length;
    return !good.slice(0, Math.max(0, policy.keepLast - unproven)).some((backup) => deleted.includes(backup));
  },
  'every backup is decided exactly once, with a reason': (input) => {
    const decisions = decide(input);
    return (
      decisions.length === input.backups.length &&
      new Set(decisions.map(({ backup }) => backup)).size === decisions.length &&
      decisions.every(({ reason }) => reason.length > 0)
    );
  },
  'a second cleanup has nothing left to do': (input, deleted) => {
    const left = input.backups.filter((backup) => !deleted.includes(backup));
    return deletedOf({ ...input, backups: left }).length === 0;
  },
};

it('whatever happened before, retention keeps its promises', limit, () => {
  let deletions = 0;
  fc.assert(
    fc.property(histories, (input) => {
      const deleted = deletedOf(input);
      if (deleted.length > 0) deletions += 1;
      for (const [promise, holds] of Object.entries(invariants))
        if (!holds(input, deleted)) throw new Error(`broken: ${promise}`);
    }),
    { numRuns },
  );
  // Promises about deletions mean nothing where nothing is deleted.
  expect(deletions).toBeGreaterThan(numRuns / 4);
});

it('the order in which backups are listed does not matter, to the plan nor to its hash', limit, () => {
  const hashOf = (input: RetentionInput) =>
    planHashOf(
      decide(input).map(
        (decision): CleanupAction => ({ subject: 'backup', database: 'sage', bytes: 0, ...decision }),
      ),
    );
  fc.assert(
    fc.property(histories, fc.infiniteStream(fc.nat()), (input, order) => {
      const backups = input.backups
        .map((backup) => ({ backup, at: order.next().value ?? 0 }))
        .sort((a, b) => a.at - b.at)
        .map(({ backup }) => backup);
      return hashOf(input) === hashOf({ ...input, backups });
    }),
    { numRuns },
  );
});
