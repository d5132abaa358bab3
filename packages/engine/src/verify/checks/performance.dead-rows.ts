import { type Check, pass, some, warn } from '../check.ts';

export const performanceDeadRows: Check = {
  id: 'performance.dead-rows',
  title: 'Dead rows',
  group: 'performance',
  mode: 'quick',
  asks: 'Do dead rows pile up faster than autovacuum removes them?',
  worst: 'warn',
  expected: 'below 10,000, below 30 % of a table, or vacuumed within the hour',
  advice: 'VACUUM the table; look for long transactions that keep dead rows alive.',
  async run(probe) {
    const rows = await probe.query<{ name: string; dead: string; share: number; at: string | null }>(`
      select format('%I.%I', schemaname, relname) as name, n_dead_tup::text as dead,
             n_dead_tup::float8 / greatest(n_live_tup + n_dead_tup, 1) as share,
             to_char(greatest(last_vacuum, last_autovacuum) at time zone 'UTC', 'YYYY-MM-DD HH24:MI') as at
      from pg_stat_user_tables s where n_dead_tup > 10000 and n_dead_tup::float8 / greatest(n_live_tup + n_dead_tup, 1) > 0.3
        and coalesce(greatest(last_vacuum, last_autovacuum), pg_postmaster_start_time()) < now() - interval '1 hour'
        and not exists (select from pg_stat_progress_vacuum p where p.relid = s.relid)
      order by n_dead_tup desc`);
    if (rows.length === 0) return pass('few');
    return warn(
      some(
        rows.map(
          ({ name, dead, share, at }) =>
            `${name} ${dead} (${(share * 100).toFixed(0)} %), last vacuum ${at ?? 'never'}`,
        ),
      ),
    );
  },
};
