import type { Backup, JobContext, Manifest, RestorePayload } from '@sagekeep/contracts';
import { decodeSql } from './decode.ts';
import type { RestoreDependencies } from './dependencies.ts';
import { type Foreign, inspectForeign, requireFile } from './foreign/inspect.ts';
import { backupNamed, backupOfFile, type Choice, chooseDump, type Dump } from './source.ts';

/** What was asked for and is there; nothing of it has been read yet. */
export interface FoundSource {
  /** Null for a file without a manifest of ours. */
  readonly backup: Backup | null;
  /** The file that was asked for; null when any dump of the backup will do. */
  readonly preferred: string | undefined;
  /** What was asked for, for people. */
  readonly label: string;
}

export interface Source extends FoundSource {
  /** The backup's own, or what the file itself tells. */
  readonly manifest: Manifest;
  readonly foreign: Foreign | null;
}

/**
 * Finds what is to be restored. A file that lies in a backup's folder counts with its manifest. Throws `UNKNOWN_BACKUP`,
 * `UNKNOWN_FILE`, `RESTORE_REFUSED`, or `STORAGE_FAILED` where the storage does not tell.
 */
export async function findSource(
  deps: Pick<RestoreDependencies, 'vault'>,
  payload: Pick<RestorePayload, 'database' | 'backup' | 'file'>,
): Promise<FoundSource> {
  const { vault } = deps;
  if (payload.file === undefined) {
    const backup = await backupNamed(vault, payload.database, payload.backup ?? 'latest');
    return { backup, preferred: undefined, label: backup.manifest.id };
  }
  const label = payload.file;
  const found = await backupOfFile(vault, label);
  if (found !== null) return { backup: found.backup, preferred: found.name, label };
  await requireFile(vault, label);
  return { backup: null, preferred: undefined, label };
}

/** A file without a manifest is read to its end here. Throws `INVALID_INPUT` or `FILE_DAMAGED`. */
export async function inspectSource(
  deps: RestoreDependencies,
  found: FoundSource,
  options: { trustFile: boolean; context: JobContext },
): Promise<Source> {
  if (found.backup !== null) return { ...found, manifest: found.backup.manifest, foreign: null };
  const file = { key: found.label, trusted: options.trustFile };
  return { ...found, ...(await inspectForeign(deps, file, options.context)) };
}

/** The dump that is loaded when none is damaged. */
export function likelyDump({ vault }: Pick<RestoreDependencies, 'vault'>, source: Source): Dump {
  const { backup, foreign, preferred } = source;
  if (foreign !== null) return foreign.dump;
  if (backup === null) throw new Error('a source is a backup or a file');
  return chooseDump(vault, backup, { damaged: [], preferred }).dump;
}

/** Re-reads every file of the backup against its digest, then picks the dump to load. Throws `FILE_DAMAGED`. */
export async function checkSource(
  deps: RestoreDependencies,
  source: Source,
  context: JobContext,
): Promise<Choice> {
  const { backup } = source;
  const { vault } = deps;
  if (backup === null) return { dump: likelyDump(deps, source), damaged: [], notes: [] };
  const bytes = backup.manifest.files.reduce((sum, file) => sum + file.bytes, 0);
  let read = 0;
  const damaged = await vault.catalogue.scrub(backup, {
    signal: context.signal,
    onBytes: (chunk) => {
      read += chunk;
      const progress = Math.min(5, (5 * read) / Math.max(1, bytes));
      context.progress({ progress, phase: 'checks', bytes: read });
    },
  });
  for (const name of damaged) context.log(`${name} is damaged: its digest differs from the manifest's`);
  const choice = chooseDump(vault, backup, { damaged, preferred: source.preferred });
  if (choice.dump.format === 'sql') await decodeSql(choice.dump, context.signal);
  return choice;
}
