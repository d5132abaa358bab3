/** Moves the clock of a system view back by so much: what it shows looks that much older, in this database. */
export function aged(view: string, by: string): string {
  return `
    set allow_system_table_mods = on;
    do $$ begin
      execute (
        select format('create or replace view pg_catalog.${view} as select %s from (%s) aged', columns, body)
        from (select rtrim(pg_get_viewdef('${view}'::regclass), ';') as body) d,
             (select string_agg(case when atttypid = 'timestamptz'::regtype
                                     then format('%1$I - interval ''${by}'' as %1$I', attname)
                                     else quote_ident(attname) end, ', ' order by attnum) as columns
              from pg_attribute where attrelid = '${view}'::regclass and attnum > 0) c);
    end $$`;
}
