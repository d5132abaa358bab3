import type { Probe } from './probe.ts';

/**
 * SQL: index `i` of pg_index is not being built or dropped right now. Which index a build of another role is about is
 * hidden from roles without pg_read_all_stats: any index may be it. A concurrent drop shows only by its lock. A build is no
 * longer told of a moment before the transaction ends that marks its index valid: what replaces a row that we see is
 * that row's xmax, and every transaction holds a lock on its own number for as long as it lasts.
 */
const atRest = `
  not exists (select from pg_stat_progress_create_index p
              where p.datid = (select oid from pg_database where datname = current_database())
                and (p.index_relid = i.indexrelid or p.relid = i.indrelid or p.relid is null))
  and not exists (select from pg_locks l
                  where l.locktype = 'relation' and l.relation = i.indexrelid and l.mode = 'ShareUpdateExclusiveLock'
                    and l.database = (select oid from pg_database where datname = current_database()))
  and not exists (select from pg_locks l
                  where l.locktype = 'transactionid' and l.mode = 'ExclusiveLock' and l.transactionid = i.xmax)`;

interface Row {
  oid: string;
  name: string;
}

function list(probe: Pick<Probe, 'query'>): Promise<Row[]> {
  return probe.query<Row>(`
    select c.oid::text as oid, format('%I.%I', n.nspname, c.relname) as name
    from pg_index i join pg_class c on c.oid = i.indexrelid join pg_namespace n on n.oid = c.relnamespace
    where c.relkind = 'i' and not (i.indisvalid and i.indisready) and n.nspname !~ '^pg_toast' and ${atRest}
    order by 2`);
}

/**
 * Indexes that are marked invalid and stay so; that of a partitioned table is for as long as not all of its partitions have
 * theirs, which is a way to build it. It looks twice: the catalogues are of the statement's snapshot, builds
 * and locks of the moment, so that one look calls an index invalid whose build ends in between.
 */
export async function invalidIndexes(probe: Pick<Probe, 'query'>): Promise<Row[]> {
  const first = await list(probe);
  if (first.length === 0) return [];
  const second = new Set((await list(probe)).map(({ oid }) => oid));
  return first.filter(({ oid }) => second.has(oid));
}
