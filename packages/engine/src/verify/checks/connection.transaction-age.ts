import { type Check, fail, pass, warn } from '../check.ts';

/** PostgreSQL stops accepting writes about 3 million before 2^31. */
const failAge = 1_500_000_000;

export const connectionTransactionAge: Check = {
  id: 'connection.transaction-age',
  title: 'Transaction-id age',
  group: 'connection',
  mode: 'quick',
  asks: 'How far is the database from the wrap-around of transaction ids, where PostgreSQL stops writing?',
  worst: 'fail',
  expected: 'below twice autovacuum_freeze_max_age',
  advice: 'VACUUM (FREEZE) the oldest tables; find what keeps old transactions alive.',
  async run(probe) {
    const row = await probe.queryOne<{
      xids: number;
      multixacts: number;
      limit: number;
      multiLimit: number;
    }>(`
      select age(datfrozenxid) as xids, mxid_age(datminmxid) as multixacts,
             current_setting('autovacuum_freeze_max_age')::int as limit,
             current_setting('autovacuum_multixact_freeze_max_age')::int as "multiLimit"
      from pg_database where datname = current_database()`);
    const text = `${row.xids} transactions, ${row.multixacts} multixacts old`;
    if (row.xids > failAge || row.multixacts > failAge) return fail(text);
    return row.xids > 2 * row.limit || row.multixacts > 2 * row.multiLimit ? warn(text) : pass(text);
  },
};
