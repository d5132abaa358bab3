import { type JobContext, type RestoreRecord, SagekeepError } from '@sagekeep/contracts';
import { asPart } from './context.ts';
import type { RestoreDependencies } from './dependencies.ts';
import type { MadeDatabase } from './leftovers.ts';
import { databaseNamed } from './target.ts';

/** The URL of another database on the same server, for a configuration of its own. */
export function urlOnDatabase(url: string, dbname: string): string {
  const changed = new URL(url);
  changed.searchParams.delete('dbname');
  changed.pathname = `/${encodeURIComponent(dbname)}`;
  return changed.href;
}

function serverUrl(deps: RestoreDependencies, record: RestoreRecord): string | null {
  if (record.server === 'own') return databaseNamed(deps, record.database).url;
  return deps.servers.find((entry) => entry.name === record.server)?.url ?? null;
}

/**
 * Backs up a kept database before it is dropped: it alone has the writes between the safety backup's snapshot and the
 * swap. Taken once; its id is in the restore's record. Throws what the backup throws: then nothing is dropped.
 */
export async function closeKept(
  deps: RestoreDependencies,
  kept: MadeDatabase,
  context: JobContext,
): Promise<void> {
  const record = kept.record === null ? null : await deps.vault.records.get('restores', kept.record.id);
  if (record === null) {
    throw new SagekeepError(
      'CLEANUP_REFUSED',
      `No record says what ${JSON.stringify(kept.name)} was kept from.`,
      {
        advice: 'Back it up and drop it by hand, if nobody needs it.',
      },
    );
  }
  const ofUndo = record.swappedOut?.name === kept.name;
  if (ofUndo ? record['undoClosingBackup'] != null : record.closingBackup !== null) return;
  const url = serverUrl(deps, record);
  if (url === null)
    throw new SagekeepError('UNKNOWN_SERVER', `The server ${record.server} is not configured any more.`);
  const database = {
    ...databaseNamed(deps, record.database),
    url: urlOnDatabase(url, kept.name),
    container: null,
  };
  const { manifest } = await deps.backup(
    {
      database: record.database,
      reason: 'safety',
      label: `closing backup of ${record.id}`,
      by: context.actor,
    },
    asPart(context, { part: 'closing', run: `${kept.name.slice(-15)}-${context.attempt}` }, context.signal),
    database,
  );
  const patch = ofUndo ? { undoClosingBackup: manifest.id } : { closingBackup: manifest.id };
  await deps.vault.records.put('restores', record.id, { ...record, ...patch });
}
