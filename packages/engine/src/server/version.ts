import { queryOne, type Session } from './session.ts';

export interface ServerVersion {
  /** As the server writes it, e.g. `15.20 (Debian 15.20-0+deb12u1)`. */
  readonly text: string;
  /** E.g. 150020. */
  readonly num: number;
  readonly major: number;
}

export async function serverVersion(session: Session): Promise<ServerVersion> {
  const row = await queryOne<{ text: string; num: string }>(
    session,
    `select current_setting('server_version') as text, current_setting('server_version_num') as num`,
  );
  return { text: row.text, num: Number(row.num), major: Math.floor(Number(row.num) / 10_000) };
}

/** Tells one cluster from another; null where we may not ask. */
export async function systemIdentifier(session: Session): Promise<string | null> {
  const { allowed } = await queryOne<{ allowed: boolean }>(
    session,
    `select has_function_privilege('pg_catalog.pg_control_system()', 'execute') as allowed`,
  );
  // An error would end the snapshot's transaction.
  if (!allowed) return null;
  const row = await queryOne<{ id: string }>(
    session,
    'select system_identifier::text as id from pg_catalog.pg_control_system()',
  );
  return row.id;
}
