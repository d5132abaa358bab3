import { quoteQualified, type Session } from '../server/index.ts';

/** A table whose content pg_dump will read. */
export interface SnapshotTable {
  readonly oid: number;
  readonly namespace: string;
  readonly name: string;
  /** Of the table and its TOAST, without indexes. */
  readonly bytes: number;
}

/**
 * Ordinary and partitioned tables outside of the system's schemas; of extensions only their configuration tables,
 * because pg_dump leaves out the others. Views, foreign tables and sequences have no content that a lock could hold.
 */
const tables = `
    from pg_class c
    join pg_namespace n on n.oid = c.relnamespace
    left join pg_depend d
      on d.classid = 'pg_class'::regclass and d.objid = c.oid and d.objsubid = 0 and d.deptype = 'e'
    left join pg_extension e on d.refclassid = 'pg_extension'::regclass and e.oid = d.refobjid
   where c.relkind in ('r', 'p') and c.relpersistence <> 't'
     and n.nspname not like 'pg\\_%' and n.nspname <> 'information_schema'
     and (e.oid is null or c.oid = any (e.extconfig))`;

const notLocked = `
     and not exists (
       select from pg_locks l
        where l.pid = pg_backend_pid() and l.locktype = 'relation' and l.granted and l.relation = c.oid
          and l.database = (select oid from pg_database where datname = current_database()))`;

/** In the order of pg_dump. Asks each table for its size, and so waits for whoever holds one. */
export async function listTables(session: Session): Promise<SnapshotTable[]> {
  const rows = await session.query<{ oid: number; namespace: string; name: string; bytes: string | null }>(
    `select c.oid, n.nspname as namespace, c.relname as name, pg_table_size(c.oid)::text as bytes ${tables} order by c.oid`,
  );
  return rows.map((row) => ({ ...row, bytes: Number(row.bytes ?? 0) }));
}

/** Tables that this session can see and holds no lock on: made, or made anew, since they were listed. Waits for nobody. */
export function listUnlocked(session: Session): Promise<{ name: string }[]> {
  return session.query<{ name: string }>(`select c.relname as name ${tables} ${notLocked} order by c.oid`);
}

const batch = 500;

/**
 * Takes ACCESS SHARE on every table: nobody can drop, truncate or rewrite one until the transaction ends. Throws with
 * SQLSTATE 57014 when that takes longer than `withinMs`.
 */
export async function lockTables(
  session: Session,
  { tables, withinMs }: { tables: readonly SnapshotTable[]; withinMs: number },
): Promise<void> {
  const end = performance.now() + withinMs;
  for (let start = 0; start < tables.length; start += batch) {
    const names = tables
      .slice(start, start + batch)
      .map(({ namespace, name }) => quoteQualified(namespace, name));
    const leftMs = Math.max(1, Math.ceil(end - performance.now()));
    await session.query(`set local statement_timeout = ${leftMs}`);
    await session.query(`lock table only ${names.join(', only ')} in access share mode`);
  }
  await session.query('set local statement_timeout = 0');
}
