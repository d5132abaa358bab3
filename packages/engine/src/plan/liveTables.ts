import { isSagekeepError, type TableChange } from '@sagekeep/contracts';
import { readableName } from '../inventory/index.ts';
import { isHeld, quoteIdentifier, quoteQualified, type Session } from '../server/index.ts';

interface LiveTable {
  schema: string;
  table: string;
  times: string[];
}

/** Ordinary tables that hold rows of their own and belong to no extension, with their timestamp columns. */
const tablesQuery = `
  select n.nspname as schema, c.relname as table,
         coalesce((select array_agg(a.attname::text order by a.attnum) from pg_attribute a
                    where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
                      and a.atttypid in ('timestamptz'::regtype, 'timestamp'::regtype)), '{}') as times
    from pg_class c join pg_namespace n on n.oid = c.relnamespace
   where c.relkind = 'r' and c.relpersistence <> 't' and n.nspname not in ('pg_catalog', 'information_schema')
     and n.nspname !~ '^pg_toast'
     and not exists (select 1 from pg_depend d where d.classid = 'pg_class'::regclass and d.objid = c.oid and d.deptype = 'e')
   order by 1, 2`;

export interface LiveRows {
  /** Exact; null when counting took too long. */
  readonly rows: number | null;
  readonly newest: TableChange['newest'];
  /** Rows after the backup's snapshot by the newest's column; null when there is no such column or snapshot. */
  readonly newer: number | null;
}

export interface CountOptions {
  /** For all tables together: what comes later is not counted. */
  readonly budgetMs: number;
  /** The instant of the backup's snapshot. */
  readonly since: string | null;
}

const unknown: LiveRows = { rows: null, newest: null, newer: null };

async function count(
  session: Session,
  { schema, table, times }: LiveTable,
  since: string | null,
): Promise<LiveRows> {
  const newest = times.flatMap((column, at) => {
    const name = quoteIdentifier(column);
    return [
      `max(${name})::timestamptz as t${at}`,
      `count(*) filter (where ${name}::timestamptz > $1::timestamptz) as n${at}`,
    ];
  });
  // The parameter is named even where no column is held against it.
  const fields = ['count(*) as rows', '$1::timestamptz as since', ...newest].join(', ');
  const [row] = await session.query<Record<string, unknown>>(
    `select ${fields} from only ${quoteQualified(schema, table)}`,
    [since],
  );
  const values = times.flatMap((column, at) => {
    const value = row?.[`t${at}`];
    return value instanceof Date && Number.isFinite(value.getTime())
      ? [{ column, value: value.toISOString(), newer: Number(row?.[`n${at}`] ?? 0) }]
      : [];
  });
  values.sort((a, b) => b.value.localeCompare(a.value));
  const rows = Number(row?.['rows'] ?? 0);
  const [first] = values;
  if (first === undefined) return { rows, newest: null, newer: null };
  const { newer, ...found } = first;
  return { rows, newest: found, newer: since === null ? null : newer };
}

/** SQLSTATEs of a table that takes longer than the session allows, may not be read, or was dropped since it was listed. */
const unreadable = ['57014', '42501', '42P01', '3F000'];

/** What one scan of a table tells; null where somebody holds it, null rows where it cannot be read. */
async function countOrSkip(
  session: Session,
  table: LiveTable,
  since: string | null,
): Promise<LiveRows | null> {
  try {
    return await count(session, table, since);
  } catch (error) {
    if (isHeld(error)) return null;
    if (isSagekeepError(error) && unreadable.includes(String(error.facts['sqlState']))) return unknown;
    throw error;
  }
}

/** Counts every table of a live database, within its budget; those that somebody holds once more at the end. */
export async function liveTables(
  session: Session,
  { budgetMs, since }: CountOptions,
): Promise<Map<string, LiveRows>> {
  const tables = await session.query<LiveTable>(tablesQuery);
  const began = performance.now();
  const found = new Map<string, LiveRows>();
  const waiting = [...tables];
  for (const table of waiting) {
    const left = Math.round(budgetMs - (performance.now() - began));
    const name = readableName(table.schema, table.table);
    if (left <= 0) found.set(name, unknown);
    else {
      await session.query(`set statement_timeout = ${left}`);
      const counted = await countOrSkip(session, table, since);
      if (counted === null && !found.has(name)) waiting.push(table);
      found.set(name, counted ?? unknown);
    }
  }
  return found;
}
