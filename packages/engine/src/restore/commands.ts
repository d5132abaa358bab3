import type { BackupId, RestoreRecord } from '@sagekeep/contracts';

/** A dbname may hold anything: as one word of a shell. */
function word(text: string): string {
  return /^[\w.:/-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

/** Takes back exactly this restore, whatever was restored since. */
export function undoCommand(record: RestoreRecord): string {
  return `sagekeep undo ${record.database} --restore ${record.id}`;
}

/** The way back from a restore that went live; null when it replaced nothing. */
export function wayBack(record: RestoreRecord): string | null {
  if (record.method === 'in-place') return record.safetyBackup === null ? null : safetyCommand(record);
  return record.before === null ? null : undoCommand(record);
}

/** Brings a backup to where this restore went. */
export function againCommand(record: RestoreRecord, backup: BackupId): string {
  const elsewhere = record.own === true ? '' : ` --into ${word(record.into)}`;
  const server = record.server === 'own' ? '' : ` --server ${word(record.server)}`;
  const how = record.method === 'in-place' ? ' --in-place' : '';
  return `sagekeep restore ${record.database} ${backup}${elsewhere}${server}${how}`;
}

/** Brings the state before this restore back, where a safety backup of it was taken. */
export function safetyCommand(record: RestoreRecord): string {
  return record.safetyBackup === null ? '' : againCommand(record, record.safetyBackup);
}
