import { SagekeepError } from '@sagekeep/contracts';
import type { Session } from '../server/index.ts';
import { some } from '../text/index.ts';

interface Missing {
  readonly kind: string;
  readonly name: string;
}

/** What pg_dump reads: every table and sequence outside of the system, but of extensions only their configuration. */
const relations = `
  select c.oid, c.relkind, c.relacl, n.oid as namespace, n.nspname, format('%I.%I', n.nspname, c.relname) as name
    from pg_class c
    join pg_namespace n on n.oid = c.relnamespace
    left join pg_depend d
      on d.classid = 'pg_class'::regclass and d.objid = c.oid and d.objsubid = 0 and d.deptype = 'e'
    left join pg_extension e on d.refclassid = 'pg_extension'::regclass and e.oid = d.refobjid
   where c.relkind in ('r', 'p', 'S') and c.relpersistence <> 't'
     and n.nspname not like 'pg\\_%' and n.nspname <> 'information_schema'
     and (e.oid is null or c.oid = any (e.extconfig))`;

const unreadable = `
  with relations as (${relations})
  select distinct 'schema' as kind, format('%I', nspname) as name
    from relations where not has_schema_privilege(namespace, 'usage')
  union all
  select case relkind when 'S' then 'sequence' else 'table' end, name
    from relations where not has_table_privilege(oid, 'select')
  order by 1, 2`;

const hiddenRows = `with relations as (${relations})
  select 'table' as kind, name from relations where relkind <> 'S' and row_security_active(oid) order by name`;

const largeObjects = `
  select 'large object' as kind, oid::text as name
    from pg_largeobject_metadata m
   where not pg_has_role(m.lomowner, 'usage')
     and not (select rolsuper from pg_roles where rolname = current_user)
     and current_setting('lo_compat_privileges') = 'off'
     and not exists (
       select from aclexplode(m.lomacl) g
        where g.privilege_type = 'SELECT' and (g.grantee = 0 or pg_has_role(g.grantee, 'usage')))
   order by oid limit 1000`;

function list(missing: readonly Missing[]): string {
  return some(
    missing.map(({ kind, name }) => `${kind} ${name}`),
    10,
  );
}

/**
 * Throws `PERMISSION_MISSING` naming what the user of the backup may not read: pg_dump would fail on it, but only
 * after it has read what comes before.
 */
export async function checkRights(session: Session): Promise<void> {
  const missing = [
    ...(await session.query<Missing>(unreadable)),
    ...(await session.query<Missing>(largeObjects)),
  ];
  if (missing.length > 0) {
    throw new SagekeepError('PERMISSION_MISSING', `The user of the backup may not read: ${list(missing)}.`, {
      advice:
        'Grant USAGE on the schemas and SELECT on what is named (pg_read_all_data is enough for all but large objects).',
      facts: { missing: missing.slice(0, 100) },
    });
  }
  const hidden = await session.query<Missing>(hiddenRows);
  if (hidden.length === 0) return;
  const message = `Row-level security hides rows from the user of the backup: ${list(hidden)}.`;
  throw new SagekeepError('PERMISSION_MISSING', message, {
    advice: 'Back up as the owner of these tables or as a role with BYPASSRLS.',
    facts: { missing: hidden.slice(0, 100) },
  });
}
