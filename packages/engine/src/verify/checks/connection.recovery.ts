import { type Check, pass, warn } from '../check.ts';

export const connectionRecovery: Check = {
  id: 'connection.recovery',
  title: 'Primary server',
  group: 'connection',
  mode: 'quick',
  asks: 'Does the server accept writes, or is it a standby in recovery?',
  worst: 'warn',
  expected: 'not in recovery, not read-only',
  advice: 'Configure the primary: a standby can be backed up, but nothing can be restored to it.',
  async run(probe) {
    const row = await probe.queryOne<{ recovering: boolean; readonly: string; lag: number | null }>(`
      select pg_is_in_recovery() as recovering,
             coalesce((select option_value from pg_db_role_setting s, pg_options_to_table(s.setconfig)
                       where s.setdatabase = (select oid from pg_database where datname = current_database())
                         and s.setrole = 0 and option_name = 'default_transaction_read_only'), 'off') as readonly,
             extract(epoch from now() - pg_last_xact_replay_timestamp())::float8 as lag`);
    if (row.recovering) {
      const behind = row.lag === null ? '' : `, last replayed transaction ${Math.round(row.lag)} s ago`;
      return warn(`a standby in recovery${behind}`);
    }
    if (['on', 'true', 'yes', '1'].includes(row.readonly)) {
      return warn('the database is set to read-only', 'ALTER DATABASE … RESET default_transaction_read_only');
    }
    return pass('primary');
  },
};
