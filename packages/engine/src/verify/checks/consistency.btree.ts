import { amcheckFunction } from '../amcheck.ts';
import { askEach, verdict } from '../askEach.ts';
import { type Check, counted } from '../check.ts';
import { userSchema } from '../scope.ts';

export const consistencyBtree: Check = {
  id: 'consistency.btree',
  title: 'B-tree indexes are sound',
  group: 'consistency',
  mode: 'full',
  asks: "What does amcheck's bt_index_check find in every B-tree index?",
  worst: 'fail',
  expected: 'nothing',
  advice:
    'REINDEX INDEX CONCURRENTLY it; look for a changed collation (consistency.collation) or a bad disk.',
  async run(probe) {
    const amcheck = await amcheckFunction(probe, 'bt_index_check');
    if ('status' in amcheck) return amcheck;
    const indexes = await probe.query<{ oid: string; name: string }>(`
      select c.oid::text as oid, format('%I.%I', n.nspname, c.relname) as name
      from pg_index i join pg_class c on c.oid = i.indexrelid join pg_namespace n on n.oid = c.relnamespace
      join pg_am a on a.oid = c.relam
      where a.amname = 'btree' and c.relkind = 'i' and c.relpersistence = 'p' and i.indisvalid and i.indisready
        and ${userSchema}
      order by c.relpages`);
    const asked = await askEach(probe, indexes, ({ oid }) =>
      probe.query(`select ${amcheck.schema}.bt_index_check($1::oid::regclass)`, [oid]),
    );
    return verdict(asked, { faults: [], passed: counted(asked.answers.length, 'index', 'indexes') });
  },
};
