import { type RestorePayload, SagekeepError } from '@sagekeep/contracts';
import type { FoundSource } from '../restoreSource.ts';

function refused(why: string, advice: string): SagekeepError {
  return new SagekeepError('RESTORE_REFUSED', why, { advice });
}

/** What cannot be asked for together with `inPlace`; known before anything is looked at. Throws `RESTORE_REFUSED`. */
export function refuseInPlace(payload: Pick<RestorePayload, 'withoutSafety'>, source: FoundSource): void {
  if (payload.withoutSafety) {
    throw refused(
      'A restore in place keeps nothing of the old database, so its safety backup cannot be left out.',
      'Restore aside, which keeps the old database, or without --without-safety.',
    );
  }
  if (source.backup === null) {
    throw refused(
      'A file without a manifest of ours is not restored in place: there is no telling what it does.',
      'Restore it aside, or --into a database of another name, and back that up.',
    );
  }
}

export function nothingInPlace(): SagekeepError {
  return refused(
    'There is no database to restore into in place.',
    'Restore without --in-place: it creates the database.',
  );
}
