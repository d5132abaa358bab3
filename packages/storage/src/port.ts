import type { Readable } from 'node:stream';

/** One stored object. Times are UTC. */
export interface StoredObject {
  readonly key: string;
  readonly bytes: number;
  readonly modifiedAt: Date;
  /** Differs whenever the content may differ: what caches go by. Means nothing else. */
  readonly revision: string;
}

/** How `put` treats what is there already. */
export interface PutOptions {
  /** Keep an existing object and return false. */
  readonly ifAbsent?: boolean;
  /** Throw `STORAGE_OBJECT_MISSING` instead of making the folder that the object would lie in. */
  readonly inExistingFolder?: boolean;
}

/** A whole object as it was stored: its size in bytes and its SHA-256 in lower-case hex. */
export interface StoredDigest {
  readonly bytes: number;
  readonly sha256: string;
}

/**
 * Where backups and records live. Keys are `/`-separated relative paths; `..`, empty and absolute segments, NUL and
 * anything that leads through a symbolic link are refused with `STORAGE_KEY_INVALID`.
 *
 * A port, because its second implementation (S3) is certain: nothing here promises more than an object store can keep,
 * except `publish`, which an object store implements by writing the manifest last.
 */
export interface Storage {
  /** For people: where this is. */
  readonly location: string;
  /** Proves that an object can be written, read back and removed. Throws `STORAGE_NOT_WRITABLE` or `STORAGE_FULL`. */
  probe(): Promise<void>;
  /** Free and total bytes; null where the storage has no such limit. */
  space(): Promise<{ freeBytes: number; totalBytes: number } | null>;
  /**
   * Removes what processes that died left half-written before then. Writing takes milliseconds: an hour ago is safe.
   * Needs no free byte.
   */
  clearDrafts(before: Date): Promise<void>;
  /**
   * Streams a new object to durable storage and resolves when it is flushed to disk. Never overwrites
   * (`STORAGE_OBJECT_EXISTS`). When the source fails, the promise rejects with the source's error and nothing is left.
   * `onBytes` hears every chunk's size.
   */
  create(
    key: string,
    source: Readable | AsyncIterable<Uint8Array>,
    options?: { signal?: AbortSignal; onBytes?: (bytes: number) => void },
  ): Promise<StoredDigest>;
  /** Writes a small object atomically and durably. With `ifAbsent` an existing one is kept and false returned. */
  put(key: string, data: string | Uint8Array, options?: PutOptions): Promise<boolean>;
  /** A small object as a whole, at most `maxBytes` (default 256 MiB). Throws `STORAGE_OBJECT_MISSING`. */
  read(key: string, maxBytes?: number): Promise<Buffer>;
  /** Streams an object, or the bytes `start`–`end` (both inclusive). Throws `STORAGE_OBJECT_MISSING`. */
  open(key: string, range?: { start: number; end?: number }): Promise<Readable>;
  /** Null when there is no such object. */
  stat(key: string): Promise<StoredObject | null>;
  /** The objects and folders directly below a prefix (`''` is the root), sorted by name; a missing prefix is empty. */
  children(prefix: string): Promise<{ name: string; kind: 'object' | 'folder' }[]>;
  /** Every object below a prefix, recursively. */
  walk(prefix: string): AsyncIterable<StoredObject>;
  /** Claims a new, empty folder. False when it already exists: exactly one of several callers gets true. */
  claim(prefix: string): Promise<boolean>;
  /** Atomically gives everything below `from` the prefix `to`. Throws `STORAGE_OBJECT_EXISTS` when `to` exists. */
  publish(from: string, to: string): Promise<void>;
  /** Removes an object or everything below a prefix; what is already gone is no error. Returns freed bytes. */
  remove(prefix: string): Promise<number>;
  /** The path of an object for tools that need a file; null where there is none. */
  localPath(key: string): string | null;
}
