import { type Check, pass, some, warn } from '../check.ts';
import { userSchema } from '../scope.ts';

export const performanceAutovacuum: Check = {
  id: 'performance.autovacuum',
  title: 'Autovacuum is on',
  group: 'performance',
  mode: 'quick',
  asks: 'Is autovacuum on, for the server and for every table?',
  worst: 'warn',
  expected: 'on everywhere',
  advice: 'Switch it on: without it tables bloat and transaction ids run out.',
  async run(probe) {
    const { on, counts } = await probe.queryOne<{ on: string; counts: string }>(
      `select current_setting('autovacuum') as on, current_setting('track_counts') as counts`,
    );
    const rows = await probe.query<{ name: string }>(`
      select format('%I.%I', n.nspname, c.relname) as name
      from pg_class c join pg_namespace n on n.oid = c.relnamespace, pg_options_to_table(c.reloptions) o
      where o.option_name = 'autovacuum_enabled' and o.option_value in ('false', 'off', 'no', '0') and ${userSchema}`);
    const off = [
      ...(on === 'off' ? ['autovacuum is off'] : []),
      ...(counts === 'off' ? ['track_counts is off'] : []),
      ...(rows.length > 0 ? [`off for ${some(rows.map(({ name }) => name))}`] : []),
    ];
    return off.length === 0 ? pass('on') : warn(off.join('; '));
  },
};
