const firstUserOid = 16_384;

/**
 * Drops everything that a dump may hold: `--clean` leaves what the backup does not know and stumbles over what depends on
 * what it does. Runs inside the restore's transaction: until that commits, nobody sees it.
 */
export function emptyDatabaseSql(major: number): string {
  const owner = major >= 15 ? 'pg_database_owner' : 'current_user';
  const rights = major >= 15 ? 'usage' : 'all';
  return `
do $sagekeep$
declare found record;
begin
  for found in select evtname as name from pg_event_trigger o
            where not exists (select 1 from pg_depend x where x.classid = 'pg_event_trigger'::regclass
                                and x.objid = o.oid and x.deptype = 'e') loop
    execute format('drop event trigger %I', found.name);
  end loop;
  -- Those of a schema go with it. When nothing but the built-in ones is left, PostgreSQL forgets them altogether.
  for found in
    select distinct pg_get_userbyid(d.defaclrole) as role, d.defaclobjtype as kind,
           case g.grantee when 0 then 'public' else quote_ident(pg_get_userbyid(g.grantee)) end as grantee,
           (array['tables', 'sequences', 'functions', 'types', 'schemas', 'large objects'])
             [strpos('rSfTnL', d.defaclobjtype::text)] as objects
      from pg_default_acl d cross join lateral aclexplode(d.defaclacl || acldefault(
             case d.defaclobjtype when 'S' then 's' else d.defaclobjtype end, d.defaclrole)) g
     where d.defaclnamespace = 0 loop
    execute format('alter default privileges for role %I revoke all on %s from %s',
                   found.role, found.objects, found.grantee);
    if found.grantee = quote_ident(found.role) or (found.grantee = 'public' and found.kind in ('f', 'T')) then
      execute format('alter default privileges for role %I grant all on %s to %s',
                     found.role, found.objects, found.grantee);
    end if;
  end loop;
  for found in select pubname as name from pg_publication loop
    execute format('drop publication %I', found.name);
  end loop;
  for found in select extname as name from pg_extension where extname <> 'plpgsql' loop
    execute format('drop extension if exists %I cascade', found.name);
  end loop;
  for found in select nspname as name from pg_namespace
            where nspname !~ '^pg_' and nspname <> 'information_schema' loop
    execute format('drop schema %I cascade', found.name);
  end loop;
  for found in select fdwname as name from pg_foreign_data_wrapper loop
    execute format('drop foreign data wrapper %I cascade', found.name);
  end loop;
  for found in select lanname as name from pg_language where oid >= ${firstUserOid} and lanname <> 'plpgsql' loop
    execute format('drop language if exists %I cascade', found.name);
  end loop;
  for found in select format_type(castsource, null) as source, format_type(casttarget, null) as target from pg_cast
            where oid >= ${firstUserOid} loop
    execute format('drop cast if exists (%s as %s) cascade', found.source, found.target);
  end loop;
  for found in select format_type(trftype, null) as type, lanname as name from pg_transform t join pg_language l on l.oid = trflang
            where t.oid >= ${firstUserOid} loop
    execute format('drop transform if exists for %s language %I cascade', found.type, found.name);
  end loop;
  for found in select amname as name from pg_am where oid >= ${firstUserOid} loop
    execute format('drop access method if exists %I cascade', found.name);
  end loop;
  perform lo_unlink(oid) from pg_largeobject_metadata;
  create schema public;
  execute 'alter schema public owner to ${owner}';
  grant ${rights} on schema public to public;
  comment on schema public is 'standard public schema';
end
$sagekeep$;
`;
}
