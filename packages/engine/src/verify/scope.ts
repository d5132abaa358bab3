/** SQL: a schema of the users' own, named by the alias `n` of pg_namespace. */
export const userSchema = `n.nspname !~ '^pg_' and n.nspname <> 'information_schema'`;

/** SQL: a relation, alias `c` of pg_class, that belongs to no extension. */
export const notOfExtension = `not exists (
  select from pg_depend d where d.classid = 'pg_class'::regclass and d.objid = c.oid and d.deptype = 'e')`;

/** SQL: the same, and tables of extensions that these declare as configuration: the relations that pg_dump reads. */
export const inBackup = `(${notOfExtension} or exists (select from pg_extension x where c.oid = any (x.extconfig)))`;
