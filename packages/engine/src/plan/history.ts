import type { RestoreRecord } from '@sagekeep/contracts';
import type { RestoreDependencies } from '../restore/dependencies.ts';
import { allRestores } from '../restore/record.ts';

/** Measured, never guessed: null where nothing was. */
export interface ExpectedTimes {
  readonly wholeMs: number | null;
  /** In place: how long tables are locked. */
  readonly lockedMs: number | null;
}

/** By the last restore of this database by the same method; aside, else by its last complete proof, which builds the same copy. */
export async function expectedTimes(
  deps: Pick<RestoreDependencies, 'vault'>,
  { database, method }: Pick<RestoreRecord, 'database' | 'method'>,
): Promise<ExpectedTimes> {
  const last = (await allRestores(deps.vault)).find(
    (record) =>
      record.database === database &&
      record.method === method &&
      record.state !== 'failed' &&
      record.finishedAt !== null &&
      record.downtimeMs !== null,
  );
  if (last?.finishedAt != null) {
    const wholeMs = Date.parse(last.finishedAt) - Date.parse(last.startedAt);
    return { wholeMs, lockedMs: last.downtimeMs };
  }
  if (method === 'in-place') return { wholeMs: null, lockedMs: null };
  const { backups } = await deps.vault.catalogue.list({ database, proven: true });
  const complete = backups.find((backup) => backup.marks.proof?.vectorIndexes === true);
  return { wholeMs: complete?.marks.proof?.durationMs ?? null, lockedMs: null };
}
