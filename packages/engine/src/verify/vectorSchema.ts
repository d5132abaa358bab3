import type { Probe } from './probe.ts';

/** The schema that pgvector lives in, quoted where SQL needs it; null when it is not installed. */
export async function vectorSchema(probe: Pick<Probe, 'query'>): Promise<string | null> {
  const [row] = await probe.query<{ schema: string }>(`
    select quote_ident(n.nspname) as schema from pg_extension e join pg_namespace n on n.oid = e.extnamespace
    where e.extname = 'vector'`);
  return row?.schema ?? null;
}
