import { z } from 'zod';
import { Inventory } from './inventory.ts';
import { BackupId, DatabaseName, Format, Instant, Label, Reason, Sha256 } from './words.ts';

/** A file's name inside a backup's folder: one path segment, never hidden. */
export const FileName = z
  .string()
  .regex(/^[A-Za-z0-9_][A-Za-z0-9._-]{0,160}$/, 'not a file name of a backup');
export type FileName = z.infer<typeof FileName>;

/** One file of a backup. `bytes` and `sha256` are of the file as stored. */
export const BackupFile = z.looseObject({
  name: FileName,
  format: z.union([Format, z.literal('globals')]),
  compression: z.enum(['none', 'gzip', 'zstd', 'lz4']),
  bytes: z.int().nonnegative(),
  sha256: Sha256,
});
export type BackupFile = z.infer<typeof BackupFile>;

/** What a dump without `--create` does not carry; applied by the swap of a restore. */
export const DatabaseProperties = z.looseObject({
  owner: z.string(),
  encoding: z.string(),
  collate: z.string(),
  ctype: z.string(),
  /** `libc`, `icu` or `builtin`. */
  localeProvider: z.string(),
  icuLocale: z.string().nullable(),
  icuRules: z.string().nullable(),
  collationVersion: z.string().nullable(),
  comment: z.string().nullable(),
  /** −1 is no limit. */
  connectionLimit: z.int(),
  /** Grants on the database itself, as `aclitem` texts; null when never changed. */
  acl: z.array(z.string()).nullable(),
  tablespace: z.string(),
  /** `ALTER DATABASE … SET` (role null) and `ALTER ROLE … IN DATABASE … SET`, each `name=value`. */
  settings: z.array(z.object({ role: z.string().nullable(), setting: z.string() })),
});
export type DatabaseProperties = z.infer<typeof DatabaseProperties>;

export const Container = z.object({
  name: z.string(),
  image: z.string(),
  digest: z.string().nullable(),
});
export type Container = z.infer<typeof Container>;

/**
 * The JSON that describes a backup: written last, atomically, never changed. No manifest, no backup.
 * Unknown fields are kept when it is read. Times are UTC, sizes bytes, durations ms.
 */
export const Manifest = z.looseObject({
  version: z.literal(1),
  id: BackupId,
  database: DatabaseName,
  dbname: z.string().min(1),
  /** `system_identifier` of the server's control file: tells one cluster from another. */
  systemIdentifier: z.string().nullable(),
  reason: Reason,
  label: Label.nullable(),
  startedAt: Instant,
  finishedAt: Instant,
  /** When the snapshot was taken: what RPO is counted from. */
  snapshotAt: Instant,
  snapshot: z.string(),
  serverVersion: z.string(),
  serverVersionNum: z.int(),
  clientVersion: z.string(),
  container: Container.nullable(),
  extensions: z.array(z.object({ name: z.string(), version: z.string(), schema: z.string() })),
  properties: DatabaseProperties,
  /** Roles that the dump refers to. */
  roles: z.array(z.string()),
  files: z.array(BackupFile).min(1),
  inventory: Inventory,
  /** What the dump cannot carry, or what the reader should know. */
  warnings: z.array(z.string()),
  /** `pg_database_size` at the snapshot. */
  databaseBytes: z.int().nonnegative(),
  /** Duration of each phase in ms. */
  timings: z.record(z.string(), z.number().nonnegative()),
  jobId: z.string().min(1),
  attempt: z.int().positive(),
  toolVersion: z.string(),
  /**
   * Of the manifest itself: of its bytes as stored, without this field. It is the last one, added when the manifest is
   * written; one that is not what it says is damaged. Backups made before there was one have none.
   */
  sha256: Sha256.optional(),
});
export type Manifest = z.infer<typeof Manifest>;
