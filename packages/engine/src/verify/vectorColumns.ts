import type { Session } from '../server/index.ts';
import { notOfExtension, userSchema } from './scope.ts';

/** One column of a type of pgvector, found in the catalogues. */
export interface VectorColumn {
  /** `schema.table`, each part quoted where SQL needs it: fit for SQL and for people. */
  readonly table: string;
  /** Of its table. */
  readonly oid: string;
  /** Quoted where SQL needs it. */
  readonly column: string;
  /** The same three as the catalogues have them. */
  readonly schemaName: string;
  readonly tableName: string;
  readonly columnName: string;
  /** `schema.table.column`, for people. */
  readonly name: string;
  readonly type: 'vector' | 'halfvec' | 'sparsevec';
  /** Null when the column takes vectors of any dimension. */
  readonly dimension: number | null;
  /** Rows that the planner reckons with; −1 when it never looked. */
  readonly estimatedRows: number;
  /** False for one of a materialised view that was not filled yet: it cannot be read. */
  readonly populated: boolean;
}

interface Row {
  table: string;
  oid: string;
  column: string;
  schemaName: string;
  tableName: string;
  columnName: string;
  type: VectorColumn['type'];
  typmod: number;
  rows: string;
  populated: boolean;
}

/** The vector columns of tables, partition roots and materialised views; none when pgvector is not installed. */
export async function findVectorColumns(session: Pick<Session, 'query'>): Promise<VectorColumn[]> {
  const rows = await session.query<Row>(`
    select format('%I.%I', n.nspname, c.relname) as table, c.oid::text as oid, quote_ident(a.attname) as column,
           n.nspname::text as "schemaName", c.relname::text as "tableName", a.attname::text as "columnName",
           coalesce(b.typname, t.typname)::text as type,
           case when b.oid is null then a.atttypmod else t.typtypmod end as typmod,
           c.reltuples::bigint::text as rows, c.relispopulated as populated
    from pg_attribute a
    join pg_class c on c.oid = a.attrelid
    join pg_namespace n on n.oid = c.relnamespace
    join pg_type t on t.oid = a.atttypid
    left join pg_type b on t.typtype = 'd' and b.oid = t.typbasetype
    join pg_depend e on e.classid = 'pg_type'::regclass and e.objid = coalesce(b.oid, t.oid) and e.deptype = 'e'
    join pg_extension x on x.oid = e.refobjid and x.extname = 'vector'
    where c.relkind in ('r', 'p', 'm') and not c.relispartition and not a.attisdropped and a.attnum > 0
      and coalesce(b.typname, t.typname) in ('vector', 'halfvec', 'sparsevec')
      and ${userSchema} and ${notOfExtension}
    order by 1, a.attnum`);
  return rows.map(({ typmod, rows: estimate, ...names }) => ({
    ...names,
    name: `${names.table}.${names.column}`,
    dimension: typmod > 0 ? typmod : null,
    estimatedRows: Number(estimate),
  }));
}
