import { type Check, counted, pass, skip, some, warn } from '../check.ts';

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
        and pid not in (select pid from pg_stat_progress_vacuum where pid is not null)
        and (now() - xact_start > interval '1 hour'
             or state like 'idle in transaction%' and now() - state_change > interval '10 minutes')
      order by xact_start`);
    // What the server does itself, e.g. autovacuum, is hidden too, and belongs to nobody.
    const hidden = await probe.queryOne<{ count: number }>(`
      select count(*)::int as count from pg_stat_activity
      where datname = current_database() and backend_type is null and usesysid is not null`);
    const unseen = `${counted(hidden.count, 'session')} of others hidden from ${probe.role}`;
    if (rows.length === 0)
      return hidden.count === 0
        ? pass('none')
        : skip(`none that is seen; ${unseen}`, `GRANT pg_read_all_stats TO ${probe.role}`);
    const texts = rows.map(
      ({ pid, user, state, minutes }) => `pid ${pid} of ${user ?? '?'}: ${state} for ${minutes} min`,
    );
    return warn(hidden.count === 0 ? some(texts) : `${some(texts)}; ${unseen}`);
  },
};
