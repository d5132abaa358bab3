import type { JobContext } from '@sagekeep/contracts';
import { connect, parseDatabaseUrl } from '../server/index.ts';

/**
 * What the production server has loaded at start, wherever that was set: command, configuration file or ALTER SYSTEM.
 * Null where the server does not answer, or does not tell this role; the job's log says so.
 */
export async function preloadedLibraries(
  url: string | null,
  { signal, log }: Pick<JobContext, 'signal' | 'log'>,
): Promise<string | null> {
  if (url === null) return null;
  const why = 'only those that its container names are in the throw-away one';
  try {
    await using session = await connect(parseDatabaseUrl(url), {
      applicationName: 'sagekeep-scratch',
      signal,
    });
    const sql = `select setting from pg_settings where name = 'shared_preload_libraries'`;
    const [row] = await session.query<{ setting: string }>(sql);
    if (row === undefined) log(`Only pg_read_all_settings sees the server's preload libraries; ${why}.`);
    return row?.setting ?? null;
  } catch (error) {
    signal.throwIfAborted();
    const reason = error instanceof Error ? error.message : String(error);
    log(`The server was not asked for its preload libraries (${reason}); ${why}.`);
    return null;
  }
}
