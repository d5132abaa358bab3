import type { Probe } from '../probe.ts';
import type { ExpectedGrant } from './expected.ts';

export interface LiveGrant extends ExpectedGrant {
  readonly state: 'held' | 'lacking' | 'no object' | 'no role';
}

/** Whether the roles have these privileges, by whatever way: as owner, by membership or as everybody. */
export function liveGrants(
  probe: Pick<Probe, 'query'>,
  grants: readonly ExpectedGrant[],
): Promise<LiveGrant[]> {
  return probe.query<LiveGrant>(
    `
    with named as (
      select e.*, r.oid is not null or e.role = 'public' as known,
             case e.kind when 'schema' then n.oid when 'database' then d.oid else c.oid end as oid
      from jsonb_to_recordset($1) e (kind text, schema text, name text, privilege text, role text)
      left join pg_roles r on r.rolname = e.role
      left join pg_database d on e.kind = 'database' and d.datname = e.name
      left join pg_namespace n on n.nspname = case e.kind when 'schema' then e.name else e.schema end
      left join pg_class c on c.relnamespace = n.oid and c.relname = e.name
        and (c.relkind = 'S' and e.kind = 'sequence' or c.relkind in ('r', 'p', 'v', 'm', 'f', 'S') and e.kind = 'table'))
    select kind, schema, name, privilege, role,
           case when oid is null then 'no object' when not known then 'no role'
                when case kind when 'table' then has_table_privilege(role::name, oid, privilege)
                               when 'sequence' then has_sequence_privilege(role::name, oid, privilege)
                               when 'schema' then has_schema_privilege(role::name, oid, privilege)
                               else has_database_privilege(role::name, oid, privilege) end is false
                then 'lacking' else 'held' end as state
    from named`,
    [JSON.stringify(grants)],
  );
}
