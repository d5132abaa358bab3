import { type RestorePayload, SagekeepError } from '@sagekeep/contracts';
import { estimateBytes } from '../backup/preflight.ts';
import { type Connection, type Disk, diskOn, gigabytes, queryOne, type Session } from '../server/index.ts';
import type { RestoreDependencies } from './dependencies.ts';
import type { PresentDatabase } from './properties.ts';
import type { Source } from './restoreSource.ts';
import type { Target } from './target.ts';

/** What a restore takes on the server's disk, figure by figure. */
export interface Figures {
  readonly copyBytes: number;
  /** For the write-ahead log and everybody else. */
  readonly reserveBytes: number;
  /** For the safety backup, where the storage is on the same disk. */
  readonly safetyBytes: number;
}

/** Room on the server's disk. */
export interface Space extends Figures {
  /** All figures together. */
  readonly neededBytes: number;
  /** Null when nobody can tell. */
  readonly freeBytes: number | null;
}

/** What is restored, over what. */
export interface Restoring {
  readonly source: Pick<Source, 'manifest' | 'foreign'>;
  readonly live: Pick<PresentDatabase, 'bytes'> | null;
}

/** Where it is restored, and how. */
export interface SpaceRequest extends Restoring {
  readonly session: Session;
  readonly connection: Connection;
  readonly target: Pick<Target, 'configured'>;
  readonly tablespace: string;
  readonly payload: Pick<RestorePayload, 'withoutSafety'>;
}

/**
 * A backup knows how large its database was. Of a stranger's file only the rows' text is known: a table is seldom more than
 * twice that with its indexes, and seldom less than what it replaces. Both are estimates of ours.
 */
export function copyBytesOf({ source, live }: Restoring): number {
  const { databaseBytes } = source.manifest;
  return source.foreign === null ? databaseBytes : Math.max(2 * databaseBytes, live?.bytes ?? 0);
}

/** Ours, not PostgreSQL's: a tenth for what an estimate misses, and the log that is written before a checkpoint lets go of it. */
export function reserveBytesOf(copyBytes: number, maxWalBytes: number): number {
  return Math.ceil(copyBytes / 10) + Math.min(maxWalBytes, copyBytes);
}

/** Disks are known by their figures only: equal sizes, and as much free but for what was written between two looks. */
export function isSameDisk(one: Disk, other: Disk): boolean {
  const apart = Math.abs(one.freeBytes - other.freeBytes);
  return one.totalBytes === other.totalBytes && apart <= one.totalBytes / 1000;
}

/** `max_wal_size`, bytes. */
export async function maxWalBytes(session: Session): Promise<number> {
  const row = await queryOne<{ most: string }>(
    session,
    `select pg_size_bytes(current_setting('max_wal_size')) as most`,
  );
  return Number(row.most);
}

/** As the backup itself estimates; 0 when none is taken, or not on this disk as far as anybody can tell. */
async function safetyBytesOf(
  { vault }: Pick<RestoreDependencies, 'vault'>,
  { source, live, target, payload }: SpaceRequest,
  disk: Disk | null,
): Promise<number> {
  const { configured } = target;
  if (live === null || configured === null || payload.withoutSafety || disk === null) return 0;
  const storage = await vault.storage.space();
  if (storage === null || !isSameDisk(storage, disk)) return 0;
  const { backups } = await vault.catalogue.list({ database: configured.name });
  const earlier = backups.map(({ manifest }) => manifest);
  return estimateBytes(earlier, live.bytes ?? source.manifest.databaseBytes, configured.formats);
}

/** Measures the disk where a new database would be made, and what a restore would take of it. */
export async function spaceFor(
  deps: Pick<RestoreDependencies, 'vault'>,
  request: SpaceRequest,
): Promise<Space> {
  const { session, connection, tablespace } = request;
  const disk = await diskOn(session, connection, tablespace);
  const copyBytes = copyBytesOf(request);
  const reserveBytes = reserveBytesOf(copyBytes, await maxWalBytes(session));
  const safetyBytes = await safetyBytesOf(deps, request, disk);
  const neededBytes = copyBytes + reserveBytes + safetyBytes;
  return { copyBytes, reserveBytes, safetyBytes, neededBytes, freeBytes: disk?.freeBytes ?? null };
}

function figuresText({ copyBytes, reserveBytes, safetyBytes, neededBytes }: Space): string {
  const safety = safetyBytes === 0 ? '' : `, the safety backup on the same disk ${gigabytes(safetyBytes)}`;
  return (
    `The copy takes about ${gigabytes(copyBytes)}, the reserve for the write-ahead log and everybody else ` +
    `${gigabytes(reserveBytes)}${safety}: ${gigabytes(neededBytes)} in all`
  );
}

/** Null when the room suffices, or nobody can tell. */
export function spaceObstacle(space: Space): SagekeepError | null {
  const { neededBytes, freeBytes } = space;
  if (freeBytes === null || neededBytes <= freeBytes) return null;
  return new SagekeepError(
    'SPACE_MISSING',
    `${figuresText(space)}; the server's disk has ${gigabytes(freeBytes)} free.`,
    {
      retryable: true,
      advice: 'Free space on the disk of the server, or restore to another server (--server).',
      facts: { ...space },
    },
  );
}

/** Throws `SPACE_MISSING`, with the figures, when it is known that a restore does not fit. */
export async function requireSpace(
  deps: Pick<RestoreDependencies, 'vault'>,
  request: SpaceRequest,
): Promise<void> {
  const obstacle = spaceObstacle(await spaceFor(deps, request));
  if (obstacle !== null) throw obstacle;
}
