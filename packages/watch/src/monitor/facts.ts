import type { DatabaseStatus } from '@sagekeep/contracts';

/** A disk that may fill up, and how full it was at earlier looks, oldest first. Bytes. */
export interface DiskFacts {
  /** Whose server it belongs to; null for the storage's own. */
  readonly database: string | null;
  readonly location: string;
  readonly freeBytes: number;
  readonly totalBytes: number;
  readonly history: readonly { readonly at: Date; readonly freeBytes: number }[];
}

/** The disk where a database lies, as its check `performance.disk` has seen it. Bytes. */
export interface ServerDisk {
  readonly database: string;
  readonly freeBytes: number;
  readonly totalBytes: number;
}

/** What Redis says of itself; see `readRedisInfo`. */
export interface RedisFacts {
  readonly usedBytes: number;
  /** 0 is no limit of its own. */
  readonly maxBytes: number;
  readonly systemBytes: number;
  readonly policy: string;
  readonly appendOnly: boolean;
  /** Null when nobody may ask for it (`CONFIG GET save`). */
  readonly snapshots: boolean | null;
  /** Whether the last write of either kind to the disk went well. */
  readonly lastWriteOk: boolean;
}

export interface QueueFacts {
  readonly name: string;
  readonly waiting: number;
  /** Failed jobs that no success has followed since. */
  readonly failed: number;
  /** Age of the oldest waiting job, ms; null for none. */
  readonly oldestWaitingMs: number | null;
}

/** What one look of the monitor has gathered. Null says that it was not asked or did not answer. */
export interface MonitorFacts {
  readonly disks: readonly DiskFacts[];
  readonly redis: RedisFacts | null;
  readonly queues: readonly QueueFacts[] | null;
  /** Workers with a fresh heartbeat. */
  readonly workers: number | null;
  /** From `statusOf`: their RPO and RTO against target. */
  readonly databases: readonly DatabaseStatus[];
  readonly now: Date;
}
