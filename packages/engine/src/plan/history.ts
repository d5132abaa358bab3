import type { RestoreDependencies } from '../restore/dependencies.ts';
import { allRestores } from '../restore/record.ts';

/** Between now and the swap, by the last restore of this database, else by its last complete proof; null when there was none. */
export async function expectedDuration(
  deps: Pick<RestoreDependencies, 'vault'>,
  database: string,
): Promise<number | null> {
  const last = (await allRestores(deps.vault)).find(
    (record) => record.database === database && record.finishedAt !== null && record.downtimeMs !== null,
  );
  if (last?.finishedAt != null) return Date.parse(last.finishedAt) - Date.parse(last.startedAt);
  const { backups } = await deps.vault.catalogue.list({ database, proven: true });
  const complete = backups.find((backup) => backup.marks.proof?.vectorIndexes === true);
  return complete?.marks.proof?.durationMs ?? null;
}
