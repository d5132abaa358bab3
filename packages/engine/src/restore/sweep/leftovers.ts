import type { CleanupAction, RestoreRecord } from '@sagekeep/contracts';
import { type MadeKind, parseMadeName } from '../../lock/index.ts';
import { type Connection, describeConnection, parseDatabaseUrl, type Session } from '../../server/index.ts';
import { commentMark } from '../create.ts';
import type { RestoreDependencies } from '../dependencies.ts';

/** A database that Sagekeep made and that is not live. */
export interface MadeDatabase {
  readonly connection: Connection;
  readonly name: string;
  readonly oid: number;
  readonly kind: MadeKind;
  readonly bytes: number;
  /** The restore it belongs to; null for scratch databases, and when the record is lost. */
  readonly record: RestoreRecord | null;
}

/** What cleanup may do about it, and why. */
export interface Leftover extends MadeDatabase {
  readonly action: CleanupAction;
}

/** Each configured server once, with the maintenance connection to use. */
export function allServers(deps: Pick<RestoreDependencies, 'databases' | 'servers'>): Connection[] {
  const urls = [...deps.databases, ...deps.servers].map((entry) => entry.url).filter((url) => url !== null);
  const byPlace = new Map(
    urls.map((url) => {
      const connection = parseDatabaseUrl(url);
      return [describeConnection(connection), connection] as const;
    }),
  );
  return [...byPlace.values()];
}

/** Ours by its name, and by nothing that says otherwise: somebody else's comment would. */
function isOurs(comment: string | null): boolean {
  return comment === null || comment.startsWith(commentMark);
}

function recordOf(
  records: readonly RestoreRecord[],
  row: { name: string; oid: number },
): RestoreRecord | null {
  return (
    records.find(
      (record) =>
        record.aside === row.name ||
        (record.before === row.name && record.beforeOid === row.oid) ||
        (record.swappedOut?.name === row.name && record.swappedOut.oid === row.oid) ||
        record.asideOid === row.oid,
    ) ?? null
  );
}

/** Every database of ours on one server that is not live under a name of its own. */
export async function madeDatabases(
  session: Session,
  connection: Connection,
  /** Of this very server only. */
  records: readonly RestoreRecord[],
): Promise<MadeDatabase[]> {
  const rows = await session.query<{ name: string; oid: number; comment: string | null; bytes: string }>(
    `select datname as name, oid, shobj_description(oid, 'pg_database') as comment,
            case when has_database_privilege(oid, 'connect') then pg_database_size(oid) else 0 end as bytes
       from pg_database where datname ~ '_(aside|before|scratch|mismatch)_[0-9a-f]{8}a[0-9]+n[0-9a-f]{4}$'
      order by 1`,
  );
  return rows.flatMap((row) => {
    const kind = parseMadeName(row.name)?.kind;
    if (kind === undefined || !isOurs(row.comment)) return [];
    const { name, oid } = row;
    return [{ connection, name, oid, kind, bytes: Number(row.bytes), record: recordOf(records, row) }];
  });
}

/** Until when a kept database stays; null when no record says. */
export function keptUntil(made: MadeDatabase, keepBeforeMs: number): Date | null {
  const { record, name } = made;
  if (record === null) return null;
  if (record.swappedOut?.name === name) return new Date(record.swappedOut.until);
  if (made.kind === 'mismatch') {
    return new Date(Date.parse(record.finishedAt ?? record.startedAt) + keepBeforeMs);
  }
  return record.undoUntil === null ? null : new Date(record.undoUntil);
}
