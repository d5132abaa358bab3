import { isSagekeepError, type JobContext, type RestoreRecord, SagekeepError } from '@sagekeep/contracts';
import { urlOnDatabase } from '../../server/index.ts';
import { asPart } from '../context.ts';
import type { RestoreDependencies } from '../dependencies.ts';
import { databaseNamed } from '../target.ts';
import type { MadeDatabase } from './leftovers.ts';

function serverUrl(deps: RestoreDependencies, record: RestoreRecord): string | null {
  if (record.server === 'own') return databaseNamed(deps, record.database).url;
  return deps.servers.find((entry) => entry.name === record.server)?.url ?? null;
}

/** A recorded backup that was deleted since, or is damaged, saves nothing. */
async function isWhole(deps: RestoreDependencies, id: unknown, context: JobContext): Promise<boolean> {
  if (typeof id !== 'string') return false;
  try {
    const backup = await deps.vault.catalogue.get(id);
    const damaged = await deps.vault.catalogue.scrub(backup, { signal: context.signal });
    if (damaged.length === 0) return true;
    context.log(`the closing backup ${id} is damaged (${damaged.join(', ')}) and taken anew`);
  } catch (error) {
    if (!isSagekeepError(error, 'UNKNOWN_BACKUP') && !isSagekeepError(error, 'MANIFEST_DAMAGED')) throw error;
    context.log(`the closing backup ${id} is not there any more and taken anew`);
  }
  return false;
}

/**
 * Backs up a kept database before it is dropped: it alone has the writes between the safety backup's snapshot and the
 * swap. Its id is in the restore's record; one that is recorded and whole is not taken again. Throws what the backup throws: then nothing is dropped.
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
  const taken = ofUndo ? record['undoClosingBackup'] : record.closingBackup;
  if (await isWhole(deps, taken, context)) return;
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
