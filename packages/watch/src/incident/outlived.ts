import type { Backup, DatabaseConfig, Incident } from '@sagekeep/contracts';
import { isSuspect } from '@sagekeep/storage';

/** What there is that incidents can be about. */
export interface Present {
  readonly databases: readonly {
    readonly name: string;
    readonly expect?: Pick<DatabaseConfig['expect'], 'checks'>;
  }[];
  readonly channels: readonly string[];
  readonly backups: readonly Backup[];
  /** Ids of what looks like a backup and is none. */
  readonly damaged: readonly string[];
  readonly now: Date;
}

/** A failed restore is a notice: nothing is the worse for it, and nobody may ever want to restore again. */
const noticeMs = 7 * 24 * 3_600_000;

/**
 * Whether what an open incident is about is gone or mended, although no job will say so: its database or channel is not
 * configured any more, its check is switched off, its backup was deleted, read whole or acknowledged, or it is a notice that has had its time. Pure.
 */
export function isOutlived({ key, database, title, lastSeenAt }: Incident, present: Present): boolean {
  const colon = key.indexOf(':');
  const [kind, about] = [key.slice(0, colon), key.slice(colon + 1)];
  // Backups are read whatever is configured: while such a one is there, every scrub would raise it anew.
  if (kind === 'damaged') return !present.damaged.includes(about) && isWhole(about, present.backups);
  const config = present.databases.find(({ name }) => name === database);
  if (database !== null && config === undefined) return true;
  switch (kind) {
    case 'check':
      return config?.expect?.checks?.[about.slice(config.name.length + 1)] === 'off';
    case 'deliver-failed':
    case 'channel-unreachable':
      return !present.channels.includes(about);
    case 'suspect':
      // Its title begins with the backup, which may just not be readable.
      if (present.damaged.some((id) => title.startsWith(`${id} `))) return false;
      return !present.backups.some((backup) => backup.manifest.database === about && isSuspect(backup));
    case 'restore-failed':
    case 'undo-failed':
      return present.now.getTime() - Date.parse(lastSeenAt) > noticeMs;
    default:
      return false;
  }
}

function isWhole(id: string, backups: readonly Backup[]): boolean {
  const backup = backups.find(({ manifest }) => manifest.id === id);
  return backup === undefined || backup.marks.scrub?.result === 'whole';
}
