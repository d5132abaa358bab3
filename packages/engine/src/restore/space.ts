import { stat, statfs } from 'node:fs/promises';
import { SagekeepError } from '@sagekeep/contracts';
import type { Connection, Session } from '../server/index.ts';

/** Room for a copy on the server's disk. */
export interface Space {
  readonly neededBytes: number;
  /** Null when nobody can tell. */
  readonly freeBytes: number | null;
}

export interface Disk {
  readonly freeBytes: number;
  readonly totalBytes: number;
}

function isHere({ host, inside = null }: Connection): boolean {
  return inside === null && (/^\/|^127\.|^localhost$|^::1$/.test(host) || host === '');
}

interface Folder {
  path: string;
  modified: string | null;
}

/** Where the new database would lie, with the time that the server itself sees on that folder. */
async function folderOf(session: Session, tablespace: string): Promise<Folder | null> {
  // One who may not ask gets no row here, but an error from pg_stat_file.
  const [place] = await session.query<{ path: string }>(
    `select coalesce(nullif((select pg_tablespace_location(oid) from pg_tablespace where spcname = $1), ''), setting) as path
       from pg_settings
      where name = 'data_directory' and pg_has_role('pg_read_server_files', 'usage')
        and has_function_privilege('pg_stat_file(text, boolean)', 'execute')`,
    [tablespace],
  );
  if (place === undefined) return null;
  const [row] = await session.query<Folder>(
    `select $1::text as path, extract(epoch from (pg_stat_file($1, true)).modification)::bigint::text as modified`,
    [place.path],
  );
  return row ?? null;
}

/** The folder is the server's own, not one of the same name here: both see the same time on it. */
async function diskAt({ path, modified }: Folder): Promise<Disk | null> {
  const here = await stat(path).catch(() => null);
  if (here === null || modified !== String(Math.floor(here.mtimeMs / 1000))) return null;
  const { bavail, blocks, bsize } = await statfs(path);
  return { freeBytes: bavail * bsize, totalBytes: blocks * bsize };
}

/**
 * The disk where a new database would be made, for a server on this very machine that lets its user ask; null for any
 * other, because nobody can tell.
 */
export async function diskOn(
  session: Session,
  connection: Connection,
  tablespace: string,
): Promise<Disk | null> {
  if (!isHere(connection)) return null;
  const folder = await folderOf(session, tablespace);
  return folder === null ? null : await diskAt(folder).catch(() => null);
}

/** Free bytes of that disk. */
export async function freeBytesOn(
  session: Session,
  connection: Connection,
  tablespace: string,
): Promise<number | null> {
  return (await diskOn(session, connection, tablespace))?.freeBytes ?? null;
}

export const gigabytes = (bytes: number) => `${(bytes / 1e9).toFixed(2)} GB`;

/** Null when the room suffices, or nobody can tell. */
export function spaceObstacle({ neededBytes, freeBytes }: Space): SagekeepError | null {
  if (freeBytes === null || neededBytes <= freeBytes) return null;
  return new SagekeepError(
    'SPACE_MISSING',
    `The copy takes about ${gigabytes(neededBytes)}; the server's disk has ${gigabytes(freeBytes)} free.`,
    {
      retryable: true,
      advice: 'Free space on the disk of the server, or restore to another server (--server).',
      facts: { neededBytes, freeBytes },
    },
  );
}

/** Throws `SPACE_MISSING`, with the figures, when it is known that the copy does not fit. */
export async function requireSpace(
  session: Session,
  connection: Connection,
  copy: { neededBytes: number; tablespace: string },
): Promise<void> {
  const freeBytes = await freeBytesOn(session, connection, copy.tablespace);
  const obstacle = spaceObstacle({ neededBytes: copy.neededBytes, freeBytes });
  if (obstacle !== null) throw obstacle;
}
