import { isClientSession } from '../../server/index.ts';
import { type Check, fail, pass, warn } from '../check.ts';

export const connectionConnections: Check = {
  id: 'connection.connections',
  title: 'Connections',
  group: 'connection',
  mode: 'quick',
  asks: 'How many of the allowed connections are in use, on the server and of this database?',
  worst: 'fail',
  expected: 'below 80 %',
  advice: 'End idle sessions, put a pooler in between, or raise max_connections.',
  async run(probe) {
    const row = await probe.queryOne<{ used: number; allowed: number; here: number; limit: number }>(`
      select (select count(*) from pg_stat_activity where ${isClientSession})::int as used,
             current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int as allowed,
             (select count(*) from pg_stat_activity where datname = current_database())::int as here,
             (select datconnlimit from pg_database where datname = current_database()) as limit`);
    const share = Math.max(row.used / row.allowed, row.limit > 0 ? row.here / row.limit : 0);
    const limit = row.limit > 0 ? ` of ${row.limit}` : '';
    const text = `${row.used} of ${row.allowed} on the server, ${row.here}${limit} in this database`;
    if (share >= 0.95) return fail(text);
    return share >= 0.8 ? warn(text) : pass(text);
  },
};
