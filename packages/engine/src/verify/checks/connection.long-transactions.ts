import { type Check, pass, some, warn } from '../check.ts';

interface Sessions {
  pid: number;
  user: string | null;
  state: string;
  minutes: number;
}

export const connectionLongTransactions: Check = {
  id: 'connection.long-transactions',
  title: 'Long transactions',
  group: 'connection',
  mode: 'quick',
  asks: 'Does a transaction of this database run for more than an hour, or sit idle for more than 10 minutes?',
  worst: 'warn',
  expected: 'none over 1 h, none idle over 10 min',
  advice: 'They keep dead rows from being removed: end them with select pg_terminate_backend(PID)',
  async run(probe) {
    const rows = await probe.query<Sessions>(`
      select pid, usename as user, state, (extract(epoch from now() - xact_start) / 60)::int as minutes
      from pg_stat_activity
      where datname = current_database() and pid <> pg_backend_pid() and backend_type = 'client backend'
        and application_name not like 'sagekeep-%' and application_name <> 'pg_dump'
        and (now() - xact_start > interval '1 hour'
             or state like 'idle in transaction%' and now() - state_change > interval '10 minutes')
      order by xact_start`);
    const hidden = await probe.queryOne<{ count: number }>(`
      select count(*)::int as count from pg_stat_activity
      where datname = current_database() and backend_type is null`);
    const unseen =
      hidden.count === 0 ? '' : ` (${hidden.count} sessions of others are hidden from this role)`;
    if (rows.length === 0) return pass(`none${unseen}`);
    const texts = rows.map(
      ({ pid, user, state, minutes }) => `pid ${pid} of ${user ?? '?'}: ${state} for ${minutes} min`,
    );
    return warn(some(texts) + unseen);
  },
};
