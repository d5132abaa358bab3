import { BackupId, DatabaseName, SagekeepError } from '@sagekeep/contracts';

export const attemptsFolder = '.attempts';
export const trashFolder = '.trash';
export const recordsFolder = 'records';
export const manifestName = 'manifest.json';
export const ownerName = 'owner.json';

const idPattern = /^(.+)_backup_(\d{4})(\d{2})(\d{2})_(\d{2})(\d{2})(\d{2})(?:_(\d{1,4}))?$/;
const verificationPattern = /^\d{8}T\d{6}Z-verification-(.+)-[^-]+$/;

/** The id of a backup begun in the second `at` (UTC); from the second claimant on with a suffix. */
export function backupIdAt(database: string, at: Date, claimant: number): string {
  const [day, time] = at.toISOString().slice(0, 19).replaceAll('-', '').replaceAll(':', '').split('T');
  const id = `${database}_backup_${day}_${time}`;
  return claimant === 1 ? id : `${id}_${claimant}`;
}

/** The second in which a backup with this id was begun; the epoch for what is no id. */
export function timeOfId(id: string): Date {
  const [, , year, month, day, hour, minute, second] = idPattern.exec(id) ?? [];
  const at = new Date(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
  return Number.isNaN(at.getTime()) ? new Date(0) : at;
}

/** The database that an id belongs to; null for what is no id. */
export function databaseOfId(id: string): string | null {
  return BackupId.safeParse(id).success ? (idPattern.exec(id)?.[1] ?? null) : null;
}

/**
 * The database that an observation is a verification of; null when it is another's, such as the monitor's. Its id is
 * `<second>-verification-<database>-<digest of the job>`, so ids sort by time.
 */
export function databaseOfVerification(id: string): string | null {
  return verificationPattern.exec(id)?.[1] ?? null;
}

/** Whether a name at the root of the storage can be a database's folder. */
export function isDatabaseFolder(name: string): boolean {
  return name !== recordsFolder && DatabaseName.safeParse(name).success;
}

/** The key of a backup's folder. Throws `UNKNOWN_BACKUP` for what is no id. */
export function folderOfId(id: string): string {
  const database = databaseOfId(id);
  if (database === null) throw unknownBackup(id);
  return `${database}/${id}`;
}

/** Orders ids of one database by time, then by suffix as a number. */
export function compareIds(a: string, b: string): number {
  const [baseA, suffixA] = split(a);
  const [baseB, suffixB] = split(b);
  if (baseA !== baseB) return baseA < baseB ? -1 : 1;
  return suffixA - suffixB;
}

export function unknownBackup(id: string, retryable = false): SagekeepError {
  return new SagekeepError('UNKNOWN_BACKUP', `There is no backup ${JSON.stringify(id)}.`, {
    advice: 'List the backups with `sagekeep list`.',
    facts: { backup: id },
    retryable,
  });
}

function split(id: string): [string, number] {
  const suffix = idPattern.exec(id)?.[8];
  return suffix === undefined ? [id, 1] : [id.slice(0, -suffix.length - 1), Number(suffix)];
}
