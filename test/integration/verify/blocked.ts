import { administer } from '../../support/servers.ts';

/** Comes back when the session that runs this statement waits for a lock. */
export async function untilWaiting(url: string, sql: string): Promise<void> {
  await administer(async (client) => {
    const waiting = `select from pg_stat_activity where query = $1 and wait_event_type = 'Lock'`;
    while ((await client.query(waiting, [sql])).rows.length === 0);
  }, url);
}
