import type { Session } from '../../server/index.ts';
import { exchanged } from '../exchanged.ts';
import type { PresentDatabase } from '../properties.ts';

/**
 * Throws a retryable `OBJECT_BUSY` unless the transaction is one in the very database that was looked at, and saved: tools
 * find it by its name and address, which another one may have been given since. `session` is the one that looked. Where the
 * transaction has ended already it says nothing: whoever had it knows why.
 */
export async function requireSameDatabase(
  session: Session,
  { oid, name }: PresentDatabase,
  xid: string,
): Promise<void> {
  const rows = await session.query<{ same: boolean }>(
    'select datid = $1::oid as same from pg_stat_activity where backend_xid = $2::xid8::xid',
    [oid, xid],
  );
  if (rows.every(({ same }) => same)) return;
  throw exchanged(name, 'after the restore had begun, so nothing was replaced');
}
