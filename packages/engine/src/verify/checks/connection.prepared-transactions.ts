import { type Check, pass, some, warn } from '../check.ts';

export const connectionPreparedTransactions: Check = {
  id: 'connection.prepared-transactions',
  title: 'Prepared transactions',
  group: 'connection',
  mode: 'quick',
  asks: 'Was a prepared transaction left behind? It holds locks for ever and keeps a restore from swapping.',
  worst: 'warn',
  expected: 'none older than 5 minutes',
  advice: "Let its manager finish it, or ROLLBACK PREPARED 'NAME'.",
  async run(probe) {
    const rows = await probe.query<{ gid: string; minutes: number }>(`
      select gid, (extract(epoch from now() - prepared) / 60)::int as minutes from pg_prepared_xacts
      where database = current_database() and now() - prepared > interval '5 minutes' order by prepared`);
    if (rows.length === 0) return pass('none');
    return warn(some(rows.map(({ gid, minutes }) => `${gid} since ${minutes} min`)));
  },
};
