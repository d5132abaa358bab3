/**
 * SQL: a row of pg_stat_activity is a client's. What kind of session another role's is, is hidden from roles without
 * pg_read_all_stats: they see at least that it is there.
 */
export const isClientSession = `(backend_type = 'client backend'
  or (backend_type is null and usesysid is not null and datid is not null))`;
