import { type Manifest, SagekeepError } from '@sagekeep/contracts';
import { queryOne, type Session } from '../../server/index.ts';

/** The lock table has room for others too; and our count of what a dump locks is a count from outside. */
const share = 0.8;

interface Room {
  relations: string;
  objects: string;
  room: string;
}

/** Throws `RESTORE_REFUSED` when one transaction over everything would overflow the server's lock table. */
export async function requireLockRoom(session: Session, manifest: Manifest): Promise<void> {
  const row = await queryOne<Room>(
    session,
    `select (select count(*) from pg_class where oid >= 16384) as relations,
            (select count(*) from pg_largeobject_metadata) as objects,
            current_setting('max_locks_per_transaction')::bigint *
              (current_setting('max_connections')::bigint + current_setting('max_prepared_transactions')::bigint) as room`,
  );
  const { entries, largeObjects } = manifest.inventory;
  // A table brings its TOAST table and that one's index.
  const created = entries.filter((entry) => entry.type === 'TABLE').length * 3 + entries.length;
  const needed = Number(row.relations) + Number(row.objects) + created + largeObjects.count;
  const room = Math.floor(Number(row.room) * share);
  if (needed <= room) return;
  throw new SagekeepError(
    'RESTORE_REFUSED',
    `Restoring in place would need about ${needed} locks in one transaction; the server has room for ${room}.`,
    {
      advice: 'Raise max_locks_per_transaction and restart the server, or restore aside.',
      facts: { needed, room },
    },
  );
}
