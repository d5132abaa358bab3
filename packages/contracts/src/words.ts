import { z } from 'zod';

/** A database's name in the configuration. Jobs, commands and confirmations carry this name, never a URL. */
export const DatabaseName = z
  .string()
  .regex(
    /^[a-z0-9][a-z0-9_-]{0,40}$/,
    'a database name is 1–41 of a-z 0-9 _ - and starts with a letter or digit',
  );
export type DatabaseName = z.infer<typeof DatabaseName>;

/**
 * A backup's id: `<database>_backup_<YYYYMMDD>_<HHMMSS>` in UTC, with `_2`, `_3` … when the second is taken.
 * Ids of one database sort by time as text.
 */
export const BackupId = z
  .string()
  .regex(/^[a-z0-9][a-z0-9_-]{0,40}_backup_\d{8}_\d{6}(_\d{1,4})?$/, 'not a backup id');
export type BackupId = z.infer<typeof BackupId>;

/** A SHA-256 digest in lower-case hexadecimal. */
export const Sha256 = z.string().regex(/^[0-9a-f]{64}$/, 'not a SHA-256 digest');
export type Sha256 = z.infer<typeof Sha256>;

/** The format of a dump: `custom` is pg_dump's own, `sql` is plain SQL. */
export const Format = z.enum(['custom', 'sql']);
export type Format = z.infer<typeof Format>;

/** An instant, ISO 8601 in UTC. */
export const Instant = z.iso.datetime();
export type Instant = z.infer<typeof Instant>;

/** Why a backup was made. */
export const Reason = z.enum(['manual', 'schedule', 'safety']);
export type Reason = z.infer<typeof Reason>;

/** A short text that people attach to a backup. One line, no control characters. */
export const Label = z
  .string()
  .trim()
  .min(1)
  .max(120)
  .regex(/^[^\p{Cc}]*$/u, 'one line without control characters');
export type Label = z.infer<typeof Label>;
