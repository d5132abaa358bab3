import { amcheckFunction } from '../amcheck.ts';
import { askEach, verdict } from '../askEach.ts';
import { type Check, counted } from '../check.ts';
import { nameWithToast, ofUsers, ownerOf } from '../withToast.ts';

export const consistencyBtree: Check = {
  id: 'consistency.btree',
  title: 'B-tree indexes are sound',
  group: 'consistency',
  mode: 'full',
  asks: "What does amcheck's bt_index_check find in every B-tree index, those of TOAST and large objects too?",
  worst: 'fail',
  expected: 'nothing',
  advice:
    'REINDEX INDEX CONCURRENTLY it; look for a changed collation (consistency.collation) or a bad disk.',
  async run(probe) {
    const amcheck = await amcheckFunction(probe, 'bt_index_check');
    if ('status' in amcheck) return amcheck;
    const indexes = await probe.query<{ oid: string; name: string }>(`
      select c.oid::text as oid,
             case when r.relkind = 't' then ${nameWithToast('r')} else format('%I.%I', n.nspname, c.relname) end as name
      from pg_index i join pg_class c on c.oid = i.indexrelid join pg_class r on r.oid = i.indrelid ${ownerOf('r')}
      join pg_am a on a.oid = c.relam
      where a.amname = 'btree' and c.relkind = 'i' and c.relpersistence = 'p' and i.indisvalid and i.indisready
        and ${ofUsers}
      order by c.relpages`);
    const asked = await askEach(probe, indexes, ({ oid }) =>
      probe.query(`select ${amcheck.schema}.bt_index_check($1::oid::regclass)`, [oid]),
    );
    return verdict(asked, { faults: [], passed: counted(asked.answers.length, 'index', 'indexes') });
  },
};
