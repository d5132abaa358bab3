import { type Answer, skip } from './check.ts';
import type { Probe } from './probe.ts';

/** Where amcheck's function is; an answer that skips the check when it is missing or may not be called. */
export async function amcheckFunction(probe: Probe, name: string): Promise<{ schema: string } | Answer> {
  const [row] = await probe.query<{ schema: string; allowed: boolean }>(
    `select quote_ident(n.nspname) as schema, bool_or(has_function_privilege(p.oid, 'execute')) as allowed
     from pg_extension e join pg_namespace n on n.oid = e.extnamespace join pg_proc p on p.pronamespace = n.oid
     where e.extname = 'amcheck' and p.proname = $1 group by n.nspname`,
    [name],
  );
  if (row === undefined) {
    return skip(
      'amcheck is not installed in this database',
      'A superuser runs CREATE EXTENSION amcheck (it comes with PostgreSQL). It is then part of every backup: only a superuser can restore or prove those.',
    );
  }
  if (row.allowed) return { schema: row.schema };
  return skip(
    `${probe.role} may not call ${name}`,
    `Grant it: a superuser runs GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA ${row.schema} TO ${probe.role}.`,
  );
}
