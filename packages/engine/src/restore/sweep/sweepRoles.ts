import type { JobContext } from '@sagekeep/contracts';
import { isAlive, newShortId, openMaintenance } from '../../lock/index.ts';
import { applicationName } from '../../lock/names.ts';
import { describeConnection } from '../../server/index.ts';
import type { RestoreDependencies } from '../dependencies.ts';
import { dropUntrustedRole, untrustedRolePattern } from '../foreign/untrustedRole.ts';
import { allServers } from './leftovers.ts';

/** Roles of untrusted restores whose attempt is dead. One that still owns a database goes after that. */
export async function sweepRoles(deps: RestoreDependencies, context: JobContext): Promise<void> {
  const shortId = newShortId(context.jobId, context.attempt);
  for (const connection of allServers(deps)) {
    try {
      await using session = await openMaintenance(connection, {
        applicationName: applicationName('sweep', shortId),
        signal: context.signal,
      });
      const roles = await session.query<{ name: string }>(
        `select rolname as name from pg_roles r where rolname ~ $1
            and not exists (select 1 from pg_database d where d.datdba = r.oid)`,
        [untrustedRolePattern],
      );
      for (const { name } of roles) {
        if (!(await isAlive(session, name))) await dropUntrustedRole(session, name);
      }
    } catch (error) {
      context.signal.throwIfAborted();
      deps.log.warn({ err: error, server: describeConnection(connection) }, 'roles could not be swept');
    }
  }
}
