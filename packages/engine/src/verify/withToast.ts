import { userSchema } from './scope.ts';

/**
 * SQL: joins `o`, whose values a relation (an alias of pg_class) stores: itself, or for a TOAST table the table it belongs to;
 * and `n`, the schema of that.
 */
export const ownerOf = (relation: string) => `
  left join pg_class t on t.reltoastrelid = ${relation}.oid and ${relation}.relkind = 't'
  join pg_class o on o.oid = coalesce(t.oid, ${relation}.oid) join pg_namespace n on n.oid = o.relnamespace`;

/** SQL: the name of `o`, for people, with a word that it is about what it stores out of line. */
export const nameWithToast = (relation: string) =>
  `format('%I.%I', n.nspname, o.relname) || case ${relation}.relkind when 't' then ' (TOAST)' else '' end`;

/** SQL: `o` holds what is the users': a table of theirs, or all large objects. */
export const ofUsers = `(${userSchema} or o.oid = 'pg_largeobject'::regclass)`;
