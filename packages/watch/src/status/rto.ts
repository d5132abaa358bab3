import type { RestoreRecord } from '@sagekeep/contracts';
import { isRegular } from '@sagekeep/storage';
import { newest } from './backups.ts';
import type { DatabaseFacts } from './facts.ts';

interface Measurement {
  readonly at: string;
  readonly ms: number;
  readonly bytes: number;
}

/** How long until a database is back, from the newest real run; null while nothing was measured. */
export interface MeasuredRto {
  readonly ms: number;
  readonly at: string;
}

/**
 * The measured time to be back: the newest complete restore, or proof that built every index, scaled linearly by the
 * size of the newest backup's database. A proof without vector indexes is no measurement.
 */
export function measuredRto(facts: DatabaseFacts): MeasuredRto | null {
  const current = newest(facts.backups.filter(isRegular))?.manifest.databaseBytes ?? null;
  const all = [...fromDrills(facts), ...fromProofs(facts), ...fromRestores(facts)].sort((a, b) =>
    a.at < b.at ? 1 : -1,
  );
  const last = all[0];
  if (last === undefined) return null;
  const factor = current === null || last.bytes === 0 ? 1 : current / last.bytes;
  return { ms: last.ms * Math.max(1, factor), at: last.at };
}

function fromDrills({ drills }: DatabaseFacts): Measurement[] {
  return drills.map(({ at, durationMs, databaseBytes }) => ({ at, ms: durationMs, bytes: databaseBytes }));
}

/** Where the record of the drill is lost, the mark of its backup tells the same. */
function fromProofs({ backups }: DatabaseFacts): Measurement[] {
  return backups.flatMap(({ manifest, marks: { proof } }) =>
    proof !== null && proof.result !== 'failed' && proof.vectorIndexes
      ? [{ at: proof.at, ms: proof.durationMs, bytes: manifest.databaseBytes }]
      : [],
  );
}

function fromRestores({ restores, backups }: DatabaseFacts): Measurement[] {
  return restores.filter(wasCompleted).flatMap((restore) => {
    const backup = backups.find(({ manifest }) => manifest.id === restore.backup);
    if (backup === undefined || restore.finishedAt === null) return [];
    const ms = Date.parse(restore.finishedAt) - Date.parse(restore.startedAt);
    return [{ at: restore.finishedAt, ms, bytes: backup.manifest.databaseBytes }];
  });
}

function wasCompleted({ state }: RestoreRecord): boolean {
  return state === 'swapped' || state === 'undone' || state === 'expired';
}
