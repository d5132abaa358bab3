import {
  type Connection,
  connect,
  queryOne,
  quoteIdentifier,
  type Session,
  serverVersion,
} from '../../server/index.ts';
import type { Attempt } from '../attempt.ts';
import { harmlessExtensions } from './harmless.ts';
import type { UntrustedRole } from './untrustedRole.ts';

async function mayCreate(session: Session): Promise<boolean> {
  const row = await queryOne<{ superuser: boolean }>(
    session,
    'select rolsuper as superuser from pg_roles where rolname = current_user',
  );
  return row.superuser;
}

/** Makes the empty copy ready for a role that may not: the harmless extensions the file asks for, and `public`. */
export async function createSafeExtensions(
  connection: Connection,
  attempt: Attempt,
  role: UntrustedRole,
): Promise<void> {
  await using session = await connect(connection, {
    applicationName: attempt.lock.applicationName,
    signal: attempt.context.signal,
    settings: { default_transaction_read_only: 'off' },
  });
  const asked = attempt.source.manifest.extensions.map((extension) => extension.name);
  if (await mayCreate(session)) {
    for (const name of harmlessExtensions.filter((extension) => asked.includes(extension))) {
      await session.query(`create extension if not exists ${quoteIdentifier(name)} with schema public`);
    }
  }
  const { major } = await serverVersion(session);
  // Since 15 it belongs to the database's owner anyway.
  if (major < 15) await session.query(`alter schema public owner to ${quoteIdentifier(role.name)}`);
}
