import { type Check, pass, some, warn } from '../check.ts';

export const performanceStatistics: Check = {
  id: 'performance.statistics',
  title: 'Planner statistics',
  group: 'performance',
  mode: 'quick',
  asks: 'Was every large table analysed within the last day, when most of it has changed since?',
  worst: 'warn',
  expected: 'analysed, and less than half changed since',
  advice: 'ANALYZE the table.',
  async run(probe) {
    const rows = await probe.query<{ name: string; changed: string; at: string | null }>(`
      select format('%I.%I', schemaname, relname) as name, n_mod_since_analyze::text as changed,
             to_char(greatest(last_analyze, last_autoanalyze) at time zone 'UTC', 'YYYY-MM-DD HH24:MI') as at
      from pg_stat_user_tables
      where n_mod_since_analyze > 100000 and n_mod_since_analyze > 0.5 * n_live_tup
        and coalesce(greatest(last_analyze, last_autoanalyze), pg_postmaster_start_time()) < now() - interval '1 day'
      order by n_mod_since_analyze desc`);
    if (rows.length === 0) return pass('fresh enough');
    return warn(
      some(rows.map(({ name, changed, at }) => `${name}: ${changed} changes since ${at ?? 'ever'}`)),
    );
  },
};
