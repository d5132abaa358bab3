import { type Answer, type Check, fail, pass, warn } from '../check.ts';

/** PostgreSQL stops accepting writes about 3 million before 2^31. */
const failAge = 1_500_000_000;

interface Ages {
  readonly xids: number;
  readonly multixacts: number;
  /** Of the server: autovacuum_freeze_max_age and its like for multixacts. */
  readonly limit: number;
  readonly multiLimit: number;
}

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
    const ages = await probe.queryOne<Ages>(`
      select age(datfrozenxid) as xids, mxid_age(datminmxid) as multixacts,
             current_setting('autovacuum_freeze_max_age')::int as limit,
             current_setting('autovacuum_multixact_freeze_max_age')::int as "multiLimit"
      from pg_database where datname = current_database()`);
    return judgeAges(ages);
  },
};

export function judgeAges({ xids, multixacts, limit, multiLimit }: Ages): Answer {
  const text = `${xids} transactions, ${multixacts} multixacts old`;
  if (xids > failAge || multixacts > failAge) return fail(text);
  return xids > 2 * limit || multixacts > 2 * multiLimit ? warn(text) : pass(text);
}
