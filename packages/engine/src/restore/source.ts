import { type Backup, type BackupFile, isSagekeepError, SagekeepError } from '@sagekeep/contracts';
import { compareIds, databaseOfId, isRegular, isSuspect, parseManifest, type Vault } from '@sagekeep/storage';
import { ifThere } from './ifThere.ts';

/** A dump that can be loaded. */
export interface Dump {
  readonly format: 'custom' | 'sql';
  readonly compression: BackupFile['compression'];
  /** The name to show. */
  readonly name: string;
  readonly path: string;
}

const noMarks: Backup['marks'] = {
  proof: null,
  hold: null,
  suspect: null,
  acknowledgement: null,
  scrub: null,
};

/**
 * A backup by its id, also one that the catalogue does not list any more because a file of it is missing or cut off: its
 * other dump may still be whole, and the manifest says how to find out. Throws `UNKNOWN_BACKUP`, `MANIFEST_DAMAGED`, or
 * what the storage says that cannot read it.
 */
export async function backupById(vault: Vault, id: string): Promise<Backup> {
  try {
    return await vault.catalogue.get(id);
  } catch (error) {
    if (!isSagekeepError(error, 'MANIFEST_DAMAGED')) throw error;
    const database = databaseOfId(id);
    const text = await ifThere(vault.storage.read(`${database}/${id}/manifest.json`));
    const parsed = text === null ? null : parseManifest(text);
    if (!parsed?.ok || parsed.value.id !== id || parsed.value.database !== database) throw error;
    return { manifest: parsed.value, marks: noMarks };
  }
}

/** Throws `INVALID_INPUT` when a database is named beside the id of a backup of another one. */
export function requireBackupOf(id: string, database: string | undefined): void {
  if (database === undefined || databaseOfId(id) === database) return;
  throw new SagekeepError('INVALID_INPUT', `${id} is no backup of ${database}.`, {
    advice: 'Leave the database out, or name the one that the id begins with.',
    facts: { backup: id, database },
  });
}

/**
 * The backup that a payload names. `latest` is the newest proven one. Throws `UNKNOWN_BACKUP`, `RESTORE_REFUSED` when
 * `latest` is suspect and nobody has looked at it, and a retryable `STORAGE_FAILED` when a newer one cannot be read:
 * whoever wants it names it.
 */
export async function backupNamed(vault: Vault, database: string, id: string): Promise<Backup> {
  if (id !== 'latest') return backupById(vault, id);
  const newest = await vault.catalogue.newestProven(database);
  await refuseUnread(vault, database, newest);
  if (newest !== null && isSuspect(newest)) throw await latestIsSuspect(vault, newest);
  if (newest !== null) return newest;
  throw new SagekeepError('UNKNOWN_BACKUP', `There is no proven backup of ${database}.`, {
    advice: `List them with "sagekeep list ${database}", prove one with "sagekeep prove <id>", or restore one by its id.`,
  });
}

/** Whether it is the newest proven one, nobody can tell: an older one must not silently take its place. */
async function refuseUnread(vault: Vault, database: string, newest: Backup | null): Promise<void> {
  const { damaged } = await vault.catalogue.list({ database });
  const readable = newest?.manifest.id ?? null;
  const unread = damaged.find(
    ({ id, unread }) =>
      unread === true && databaseOfId(id) === database && (readable === null || compareIds(id, readable) > 0),
  );
  if (unread === undefined) return;
  const other = readable === null ? '' : ` The newest proven one that can be read is ${readable}.`;
  throw new SagekeepError(
    'STORAGE_FAILED',
    `Which backup is the newest proven one cannot be told: of ${unread.id}, ${unread.reason}${other}`,
    {
      retryable: true,
      advice: 'Look into the disk and the rights of the storage folder, or name the backup that you mean.',
      facts: { unread: unread.id, readable },
    },
  );
}

/** A backup of a database that somebody has just emptied may well be proven: it holds exactly what was left. */
async function latestIsSuspect(vault: Vault, { manifest, marks }: Backup): Promise<SagekeepError> {
  const { backups } = await vault.catalogue.list({ database: manifest.database, proven: true });
  const sound = backups.find((backup) => !isSuspect(backup) && isRegular(backup));
  const reasons = marks.suspect?.reasons.join('; ') ?? 'its content differs from its history';
  const other = sound === undefined ? '' : ` The newest proven one before it is ${sound.manifest.id}.`;
  return new SagekeepError(
    'RESTORE_REFUSED',
    `The newest proven backup, ${manifest.id}, is suspect: ${reasons}.${other}`,
    {
      advice: `Name the backup that you mean, or run "sagekeep acknowledge ${manifest.id} --reason …" first.`,
      facts: { suspect: manifest.id, sound: sound?.manifest.id ?? null },
    },
  );
}

/** A path below the storage's root that lies in a backup's folder counts with that backup's manifest, if that can be read. */
export async function backupOfFile(
  vault: Vault,
  file: string,
): Promise<{ backup: Backup; name: string } | null> {
  const [, id, name, ...rest] = file.split('/');
  if (id === undefined || name === undefined || rest.length > 0) return null;
  const backup = await ifThere(backupById(vault, id));
  const isListed = backup?.manifest.files.some((entry) => entry.name === name) === true;
  return backup !== null && isListed && vault.catalogue.fileKey(backup, name) === file
    ? { backup, name }
    : null;
}

export function pathOf(vault: Vault, key: string): string {
  const path = vault.storage.localPath(key);
  if (path !== null) return path;
  throw new SagekeepError('STORAGE_FAILED', 'This storage has no files that client tools could read.', {
    advice: 'Copy the backup into a folder storage and restore it from there.',
  });
}

/** What was found wrong with a backup's files, and the dump that is used in spite of it. */
export interface Choice {
  readonly dump: Dump;
  /** Names of all files that are not what the manifest says, whether they are used or not. */
  readonly damaged: readonly string[];
  readonly notes: readonly string[];
}

/**
 * Picks the dump to load: `custom` before `sql`, or the one asked for. When it is damaged the other one is used and
 * said so: both are the same snapshot. Throws `FILE_DAMAGED` when none is whole.
 */
export function chooseDump(
  vault: Vault,
  backup: Backup,
  options: { damaged: readonly string[]; preferred?: string | undefined },
): Choice {
  const dumps = backup.manifest.files
    .filter((file) => file.format !== 'globals')
    .sort((a, b) => rank(a, options.preferred) - rank(b, options.preferred));
  const whole = dumps.find((file) => !options.damaged.includes(file.name));
  if (whole === undefined || whole.format === 'globals')
    throw allDamaged(backup.manifest.id, options.damaged);
  const instead = `${whole.name}, the same snapshot in the other format, was used instead`;
  const notes = options.damaged.map(
    (name) => `${name} is damaged: ${name === dumps[0]?.name ? instead : 'it was not used'}.`,
  );
  const path = pathOf(vault, vault.catalogue.fileKey(backup, whole.name));
  const { format, compression, name } = whole;
  return { dump: { format, compression, name, path }, damaged: options.damaged, notes };
}

function rank(file: BackupFile, preferred: string | undefined): number {
  if (file.name === preferred) return 0;
  return file.format === 'custom' ? 1 : 2;
}

function allDamaged(id: string, damaged: readonly string[]): SagekeepError {
  return new SagekeepError('FILE_DAMAGED', `No dump of the backup ${id} is whole: ${damaged.join(', ')}.`, {
    advice: 'Restore another backup ("sagekeep list"), and find out what damages this storage.',
    facts: { backup: id, damaged },
  });
}
