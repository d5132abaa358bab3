import type { Probe } from '../probe.ts';
import { userSchema } from '../scope.ts';
import type { ExpectedConstraint } from './expected.ts';
import { normalType } from './normalType.ts';
import { tokensOf } from './tokens.ts';

export interface LiveColumn {
  readonly name: string;
  /** In normal form. */
  readonly type: string;
  readonly notNull: boolean;
}

export interface LiveTable {
  readonly schema: string;
  readonly name: string;
  readonly columns: readonly LiveColumn[];
}

/** How tables and indexes are named in findings, and compared. */
export function plainName(schema: string, name: string): string {
  return `${schema}.${name}`;
}

/** Tables, partition roots and foreign tables with their columns, from the catalogues. */
export async function liveTables(probe: Pick<Probe, 'query'>): Promise<LiveTable[]> {
  const rows = await probe.query<{ schema: string; name: string; columns: LiveColumn[] }>(`
    select n.nspname as schema, c.relname as name,
           coalesce(jsonb_agg(jsonb_build_object('name', a.attname, 'type', format_type(a.atttypid, a.atttypmod),
                              'notNull', a.attnotnull) order by a.attnum) filter (where a.attnum is not null), '[]') as columns
    from pg_class c join pg_namespace n on n.oid = c.relnamespace
    left join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
    where c.relkind in ('r', 'p', 'f') and ${userSchema}
    group by n.nspname, c.relname`);
  return rows.map(({ schema, name, columns }) => ({
    schema,
    name,
    columns: columns.map((column) => ({ ...column, type: normalType(tokensOf(column.type)) })),
  }));
}

export interface LiveIndex {
  readonly schema: string;
  readonly name: string;
  readonly method: string;
  readonly operatorClasses: readonly string[];
  /** Names of the key columns, null for an expression. */
  readonly keys: readonly (string | null)[];
  readonly unique: boolean;
  readonly partial: boolean;
}

export function liveIndexes(probe: Pick<Probe, 'query'>): Promise<LiveIndex[]> {
  return probe.query<LiveIndex>(`
    select n.nspname as schema, c.relname as name, m.amname as method,
           array(select o.opcname::text from unnest(i.indclass) with ordinality k (oid, position)
                 join pg_opclass o on o.oid = k.oid order by k.position) as "operatorClasses",
           i.indisunique as unique, i.indpred is not null as partial,
           array(select a.attname::text from unnest(i.indkey) with ordinality k (attnum, position)
                 left join pg_attribute a on a.attrelid = i.indrelid and a.attnum = k.attnum and k.attnum <> 0
                 where k.position <= i.indnkeyatts order by k.position) as keys
    from pg_index i join pg_class c on c.oid = i.indexrelid join pg_namespace n on n.oid = c.relnamespace
    join pg_am m on m.oid = c.relam
    where ${userSchema}`);
}

export interface LiveConstraint {
  readonly schema: string;
  readonly table: string;
  readonly name: string;
  readonly kind: ExpectedConstraint['kind'];
  readonly columns: readonly string[];
}

export function liveConstraints(probe: Pick<Probe, 'query'>): Promise<LiveConstraint[]> {
  return probe.query<LiveConstraint>(`
    select n.nspname as schema, c.relname as table, o.conname as name,
           case o.contype when 'p' then 'primary key' when 'u' then 'unique' when 'f' then 'foreign key'
                          when 'c' then 'check' else 'unknown' end as kind,
           array(select a.attname::text from unnest(o.conkey) k (attnum)
                 join pg_attribute a on a.attrelid = o.conrelid and a.attnum = k.attnum) as columns
    from pg_constraint o join pg_class c on c.oid = o.conrelid join pg_namespace n on n.oid = c.relnamespace
    where ${userSchema}`);
}
