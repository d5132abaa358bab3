import type { JobContext } from '@sagekeep/contracts';
import { type Backup, type RestorePayload, SagekeepError } from '@sagekeep/contracts';
import type { Vault } from '@sagekeep/storage';
import { decodeSql } from './decode.ts';
import { backupNamed, backupOfFile, type Choice, chooseDump } from './source.ts';

export interface Source {
  readonly backup: Backup;
  /** The file that was asked for; null when any dump of the backup will do. */
  readonly preferred: string | undefined;
  /** What was asked for, for people. */
  readonly label: string;
}

/** Throws `UNKNOWN_BACKUP` or `UNKNOWN_FILE`. */
export async function resolveSource(
  vault: Vault,
  payload: Pick<RestorePayload, 'database' | 'backup' | 'file'>,
): Promise<Source> {
  if (payload.file === undefined) {
    const backup = await backupNamed(vault, payload.database, payload.backup ?? 'latest');
    return { backup, preferred: undefined, label: backup.manifest.id };
  }
  const found = await backupOfFile(vault, payload.file);
  if (found !== null) return { backup: found.backup, preferred: found.name, label: payload.file };
  throw new SagekeepError(
    'UNKNOWN_FILE',
    `There is no dump ${JSON.stringify(payload.file)} below the storage root.`,
    {
      advice: 'Give a path below the storage root, e.g. sage/<backup id>/<backup id>.sql.custom.',
    },
  );
}

/** Re-reads every file of the backup against its digest, then picks the dump to load. Throws `FILE_DAMAGED`. */
export async function checkSource(vault: Vault, source: Source, context: JobContext): Promise<Choice> {
  const bytes = source.backup.manifest.files.reduce((sum, file) => sum + file.bytes, 0);
  let read = 0;
  const damaged = await vault.catalogue.scrub(source.backup, {
    signal: context.signal,
    onBytes: (chunk) => {
      read += chunk;
      context.progress({
        progress: Math.min(5, (5 * read) / Math.max(1, bytes)),
        phase: 'checks',
        bytes: read,
      });
    },
  });
  for (const name of damaged) context.log(`${name} is damaged: its digest differs from the manifest's`);
  const choice = chooseDump(vault, source.backup, { damaged, preferred: source.preferred });
  if (choice.dump.format === 'sql') await decodeSql(choice.dump, context.signal);
  return choice;
}
