import type { Session } from '../server/index.ts';

/** A session that keeps us from a table. */
export interface Blocker {
  readonly pid: number;
  readonly applicationName: string;
  readonly table: string;
}

/** Who holds, or waits for, a lock that ACCESS SHARE must wait for. Our own transaction must be over. */
export async function findBlockers(session: Session): Promise<Blocker[]> {
  const rows = await session.query<{ pid: number; name: string | null; relation: string }>(`
    select distinct l.pid, a.application_name as name, c.relname as relation
      from pg_locks l
      join pg_class c on c.oid = l.relation and c.relkind in ('r', 'p', 'i', 't')
      left join pg_stat_activity a on a.pid = l.pid
     where l.locktype = 'relation' and l.mode = 'AccessExclusiveLock' and l.pid <> pg_backend_pid()
       and l.database = (select oid from pg_database where datname = current_database())
     order by l.pid limit 20`);
  return rows.map(({ pid, name, relation }) => ({ pid, applicationName: name ?? '', table: relation }));
}

export function describeBlockers(blockers: readonly Blocker[]): string {
  if (blockers.length === 0) return 'whoever it was is gone by now';
  return blockers
    .map(({ pid, applicationName, table }) => {
      const who = applicationName === '' ? '' : `, ${applicationName}`;
      return `pid ${pid}${who} on ${table}`;
    })
    .join('; ');
}
