import { stat, statfs } from 'node:fs/promises';
import { type Inside, startExec } from '../exec/index.ts';
import type { Connection } from './connection.ts';
import type { Session } from './session.ts';

/** Bytes. */
export interface Disk {
  readonly freeBytes: number;
  readonly totalBytes: number;
}

/** How a disk's bytes are said. */
export const gigabytes = (bytes: number) => `${(bytes / 1e9).toFixed(2)} GB`;

/** Times are of the server's own, whole seconds. */
interface Folder {
  path: string;
  modified: string | null;
  /** A file that is as old as the server's data, and its time. */
  oldest: string;
  born: string | null;
}

/** Whether the address is one of this machine: another server's folder can have no such address. */
function isLocal({ host }: Connection): boolean {
  return /^\/|^127\.|^localhost$|^::1$/.test(host) || host === '';
}

/** Where a database of the tablespace lies, with the time that the server itself sees on that folder. */
async function folderOf(session: Session, tablespace: string): Promise<Folder | null> {
  // One who may not ask gets no row here, but an error from pg_stat_file.
  const [place] = await session.query<{ path: string; oldest: string }>(
    `select coalesce(nullif((select pg_tablespace_location(oid) from pg_tablespace where spcname = $1), ''), setting) as path,
            setting || '/PG_VERSION' as oldest
       from pg_settings
      where name = 'data_directory' and pg_has_role('pg_read_server_files', 'usage')
        and has_function_privilege('pg_stat_file(text, boolean)', 'execute')`,
    [tablespace],
  );
  if (place === undefined) return null;
  const [row] = await session.query<Pick<Folder, 'modified' | 'born'>>(
    `select extract(epoch from (pg_stat_file($1, true)).modification)::bigint::text as modified,
            extract(epoch from (pg_stat_file($2, true)).modification)::bigint::text as born`,
    [place.path, place.oldest],
  );
  return row === undefined ? null : { ...place, ...row };
}

async function secondsOf(path: string): Promise<string | null> {
  const here = await stat(path).catch(() => null);
  return here === null ? null : String(Math.floor(here.mtimeMs / 1000));
}

/**
 * The folder here is the server's own, mounted or not, and not another of the same name: both see the same time on it. Two
 * servers may have been started in one second, but not also been made in one.
 */
async function diskAt({ path, modified, oldest, born }: Folder, local: boolean): Promise<Disk | null> {
  if (modified === null || modified !== (await secondsOf(path))) return null;
  if (!local && (born === null || born !== (await secondsOf(oldest)))) return null;
  const { bavail, blocks, bsize } = await statfs(path);
  return { freeBytes: bavail * bsize, totalBytes: blocks * bsize };
}

/** What `df` says inside the container about the server's own folder; null when it does not. */
async function diskInside(session: Session, inside: Inside): Promise<Disk | null> {
  const [setting] = await session.query<{ path: string }>(
    `select setting as path from pg_settings where name = 'data_directory'`,
  );
  if (setting === undefined) return null;
  const command = ['df', '-P', '-k', setting.path];
  const exec = await startExec(inside, { command, onError: () => undefined });
  exec.stdin.end();
  const said = Buffer.concat((await exec.stdout.toArray()) as Buffer[]).toString('utf8');
  const [, blocks, , available] = (said.trim().split('\n').at(-1) ?? '').trim().split(/\s+/).map(Number);
  if (blocks === undefined || available === undefined || !(blocks > 0)) return null;
  return { freeBytes: available * 1024, totalBytes: blocks * 1024 };
}

/**
 * The disk of a server's tablespace: of a server that lets its user ask and whose folder lies here under the same path
 * (on the same machine, or mounted as in docker-compose.yml), or of one whose container is worked in; null for any other,
 * because nobody can tell.
 */
export async function diskOn(
  session: Session,
  connection: Connection,
  tablespace: string,
): Promise<Disk | null> {
  if (connection.inside) return await diskInside(session, connection.inside).catch(() => null);
  const folder = await folderOf(session, tablespace);
  return folder === null ? null : await diskAt(folder, isLocal(connection)).catch(() => null);
}
