import type { Session } from '../server/index.ts';
import { userSchema } from './scope.ts';

/** One HNSW or IVFFlat index, found in the catalogues. Names are fit for SQL. */
export interface VectorIndex {
  readonly name: string;
  readonly oid: string;
  /** Without its schema, as the catalogues have it. */
  readonly relname: string;
  readonly table: string;
  readonly method: 'hnsw' | 'ivfflat';
  /** What is indexed: a column or an expression. */
  readonly key: string;
  /** The condition of a partial index; null when it covers all rows. */
  readonly predicate: string | null;
  readonly operatorClass: string;
  /** The operator that the index orders by, schema and sign: `public.<->`. */
  readonly operator: string;
  /** The type that is indexed, with its modifier, e.g. `public.vector(1024)`. */
  readonly type: string;
  /** `m=16, ef_construction=64`; empty for the defaults. */
  readonly parameters: string;
  readonly valid: boolean;
  /** False for one of a materialised view that was not filled yet: there is nothing to search. */
  readonly populated: boolean;
  readonly estimatedRows: number;
}

/** Every HNSW and IVFFlat index of users' tables; those of partitions are named by themselves. */
export async function findVectorIndexes(session: Pick<Session, 'query'>): Promise<VectorIndex[]> {
  const rows = await session.query<Omit<VectorIndex, 'estimatedRows'> & { rows: string }>(`
    select format('%I.%I', n.nspname, c.relname) as name, c.oid::text as oid, c.relname::text as relname,
           format('%I.%I', tn.nspname, t.relname) as table, m.amname::text as method,
           pg_get_indexdef(c.oid, 1, false) as key, pg_get_expr(i.indpred, i.indrelid) as predicate,
           o.opcname::text as "operatorClass", format('%I.%s', pn.nspname, p.oprname) as operator,
           format_type(a.atttypid, a.atttypmod) as type, coalesce(array_to_string(c.reloptions, ', '), '') as parameters,
           i.indisvalid and i.indisready as valid,
           t.relispopulated as populated, t.reltuples::bigint::text as rows
    from pg_index i
    join pg_class c on c.oid = i.indexrelid join pg_namespace n on n.oid = c.relnamespace
    join pg_class t on t.oid = i.indrelid join pg_namespace tn on tn.oid = t.relnamespace
    join pg_am m on m.oid = c.relam
    join pg_opclass o on o.oid = i.indclass[0]
    join pg_attribute a on a.attrelid = c.oid and a.attnum = 1
    left join pg_amop ao on ao.amopfamily = o.opcfamily and ao.amoppurpose = 'o' and ao.amoplefttype = o.opcintype
    left join pg_operator p on p.oid = ao.amopopr left join pg_namespace pn on pn.oid = p.oprnamespace
    where m.amname in ('hnsw', 'ivfflat') and c.relkind = 'i' and ${userSchema} order by 1`);
  // Without a key it was dropped while the catalogues were read.
  return rows
    .filter(({ key }) => key !== null)
    .map(({ rows: estimate, ...index }) => ({ ...index, estimatedRows: Number(estimate) }));
}
