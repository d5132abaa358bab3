import { isSagekeepError } from '@sagekeep/contracts';
import { amcheckFunction } from '../amcheck.ts';
import { type Check, counted, fail, pass, skip, some } from '../check.ts';
import { userSchema } from '../scope.ts';

/** What amcheck raises for a broken index. */
const broken = new Set(['XX001', 'XX002']);

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
    const damaged: string[] = [];
    for (const [index, { oid, name }] of indexes.entries()) {
      if (!probe.hasTime() && damaged.length === 0) {
        return skip(`${index} of ${indexes.length} indexes checked before the time was up`);
      }
      try {
        await probe.query(`select ${amcheck.schema}.bt_index_check($1::oid::regclass)`, [oid]);
      } catch (error) {
        if (!isSagekeepError(error) || !broken.has(String(error.facts['sqlState']))) throw error;
        damaged.push(`${name}: ${error.message}`);
      }
    }
    return damaged.length > 0 ? fail(some(damaged)) : pass(counted(indexes.length, 'index', 'indexes'));
  },
};
