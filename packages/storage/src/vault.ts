import type { Readable } from 'node:stream';
import type {
  Backup,
  BackupFile,
  DamagedBackup,
  DatabaseRecord,
  Drill,
  Incident,
  Manifest,
  Mark,
  MarkKind,
  NextRunsRecord,
  Observation,
  Report,
  RestoreRecord,
  SightingsRecord,
} from '@sagekeep/contracts';
import type { Storage, StoredDigest } from './port.ts';

export interface ListFilter {
  readonly database?: string;
  readonly proven?: boolean;
}

/** The list of backups: exactly what manifests and marks in the storage say. */
export interface Catalogue {
  /**
   * All backups, newest first, and whatever looks like one and is none. Never throws for damaged content. Their
   * `inventory.entries` are empty, because of databases with many objects they are megabytes: `get` has them.
   */
  list(filter?: ListFilter): Promise<{ backups: Backup[]; damaged: DamagedBackup[] }>;
  /** Throws `UNKNOWN_BACKUP`, or `MANIFEST_DAMAGED` when it is there and is no whole backup. */
  get(id: string): Promise<Backup>;
  /** Names of every database that has a folder here, configured or not. */
  databases(): Promise<string[]>;
  /**
   * The newest proven (or content-proven) backup in which no later scrub found damage; null when there is none.
   * A safety backup counts only when there is no other: taken around a restore, it may hold what was replaced.
   */
  newestProven(database: string): Promise<Backup | null>;
  /**
   * The backup that this job has already published (the first one); null when there is none. Job ids are compared for
   * ever, so they must never come again: not even after Redis was lost.
   */
  byJob(database: string, jobId: string): Promise<Backup | null>;
  /** The storage key of a file that the manifest names, or of the manifest itself. Throws `UNKNOWN_FILE`. */
  fileKey(backup: Backup, name: string): string;
  /** Writes a mark beside the manifest; the newest of its kind counts. Throws `UNKNOWN_BACKUP`. */
  mark(id: string, mark: Mark): Promise<void>;
  /** Takes a mark back (holds). */
  unmark(id: string, kind: MarkKind): Promise<void>;
  /**
   * Re-reads a backup's files against their digests and sizes, one after the other.
   * Resolves with the names that are damaged or missing. Throws `UNKNOWN_BACKUP` (retryable) when the backup itself is
   * gone, or just being put back because a pin stopped its deletion.
   */
  scrub(
    backup: Backup,
    options?: { signal?: AbortSignal; onBytes?: (bytes: number) => void; bytesPerSecond?: number },
  ): Promise<string[]>;
  /**
   * Moves a backup to the trash in one step; refused with `BACKUP_PROTECTED` while it is pinned or, if it is whole, held.
   * Returns the trash key.
   */
  discard(id: string): Promise<string>;
}

/** An attempt at a backup: a folder of its own under `.attempts/`, invisible to the catalogue until it is published. */
export interface Attempt {
  readonly id: string;
  readonly database: string;
  /** Writes one file of the backup. The same guarantees as `Storage.create`. */
  write(
    name: string,
    source: Readable | AsyncIterable<Uint8Array>,
    options?: { signal?: AbortSignal; onBytes?: (bytes: number) => void },
  ): Promise<StoredDigest>;
  /** Reads a written file back and compares it with what was written. Throws `FILE_DAMAGED`. */
  check(file: BackupFile, signal?: AbortSignal): Promise<void>;
  /** Path of a written file for tools that need one; null where there is none. */
  localPath(name: string): string | null;
  /** Writes the manifest last and makes the backup visible, atomically. Throws `STORAGE_OBJECT_EXISTS` when doubled. */
  publish(manifest: Manifest): Promise<void>;
  /** Removes everything. Never throws: what is left is swept by cleanup. */
  discard(): Promise<void>;
  /** Tells sweepers that the attempt is alive; call at least once a minute. */
  touch(): Promise<void>;
}

/** An attempt that nobody works on any more. */
export interface Leftover {
  readonly key: string;
  readonly database: string;
  readonly id: string;
  readonly bytes: number;
  readonly touchedAt: Date;
  /** Its process ran on this very machine and is certainly gone. */
  readonly ownerDead: boolean;
  /** Null when it cannot be told. */
  readonly jobId: string | null;
}

export interface Attempts {
  /** Claims an id for the second `at` (UTC), with a suffix when it is taken. */
  begin(database: string, at: Date, owner: { jobId: string; attempt: number }): Promise<Attempt>;
  /** Attempts that nobody has touched for `idleMs`, or whose process is certainly dead: what cleanup sweeps. */
  leftovers(idleMs: number, now: Date): Promise<Leftover[]>;
  /** Takes an attempt away from whoever may still hold it, in one step. Returns the trash key. */
  sweep(leftover: Pick<Leftover, 'key' | 'database' | 'id'>): Promise<string>;
}

/**
 * A reader's claim that keeps a backup from being deleted. Renews itself until released. A deletion that was decided in
 * the very moment of the pin may take the backup away and put it back a moment later: a read that finds it missing is
 * worth a retry.
 */
export interface Pin extends AsyncDisposable {
  release(): Promise<void>;
}
export interface Pins {
  /** Throws `UNKNOWN_BACKUP` when the backup is gone by the time the pin stands. */
  pin(id: string, owner: string, ttlMs?: number): Promise<Pin>;
  /** Pins that have not expired. */
  held(id: string, now: Date): Promise<{ owner: string; expiresAt: Date }[]>;
}

export interface RecordTypes {
  reports: Report;
  /** The last cleanup of each database, and of all at once. */
  cleanups: Report;
  restores: RestoreRecord;
  incidents: Incident;
  observations: Observation;
  /** By the database's name. */
  drills: Drill;
  schedules: { name: string } & Record<string, unknown>;
  runs: NextRunsRecord;
  databases: DatabaseRecord;
  sightings: SightingsRecord;
}
export type RecordKind = keyof RecordTypes;

/** What must outlive Redis, one small JSON file each under `records/<kind>/`. */
export interface Records {
  put<K extends RecordKind>(kind: K, id: string, record: RecordTypes[K]): Promise<void>;
  /** Null when there is none, or when it does not parse. */
  get<K extends RecordKind>(kind: K, id: string): Promise<RecordTypes[K] | null>;
  /** Whether there is one that does not parse. */
  isDamaged(kind: RecordKind, id: string): Promise<boolean>;
  /** The ids of all, newest first; no record is read. */
  ids(kind: RecordKind): Promise<string[]>;
  /**
   * Newest id first. Records that do not parse are left out and named; those of unwanted ids are not read, and those that
   * are removed meanwhile are in neither list.
   */
  list<K extends RecordKind>(
    kind: K,
    filter?: { limit?: number; wanted?: (id: string) => boolean },
  ): Promise<{ items: RecordTypes[K][]; damaged: string[] }>;
  remove(kind: RecordKind, id: string): Promise<void>;
}

/** When each trouble was first seen, by its key. */
export type Sighted = SightingsRecord['firstSeen'];

/** Since when stands what nobody has written down when it began: since it was first seen. Outlives restarts. */
export interface Sightings {
  /**
   * Tells what is `seen` now, and which of what was seen before `isOver`: that begins anew when it comes again. Resolves with
   * when each that stands was first seen. Written only where that changes. Never throws: while the record cannot be read or
   * written, this process remembers.
   */
  tend(look: {
    readonly seen: readonly string[];
    readonly isOver: (key: string) => boolean;
    readonly at: Date;
  }): Promise<Sighted>;
}

export interface Trash {
  list(): Promise<{ key: string; database: string; id: string; bytes: number }[]>;
  /** Empties one entry for good, or puts it back when a live pin is found inside. Returns freed bytes. */
  empty(key: string): Promise<number>;
}

/** The storage with its meaning: everything that engine, watch, API and CLI use. */
export interface Vault {
  readonly storage: Storage;
  readonly catalogue: Catalogue;
  readonly attempts: Attempts;
  readonly pins: Pins;
  readonly records: Records;
  readonly sightings: Sightings;
  readonly trash: Trash;
}
