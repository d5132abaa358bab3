import { SagekeepError } from '@sagekeep/contracts';
import type { Session } from '../../server/index.ts';
import { some } from '../../text/index.ts';

/**
 * Throws a retryable `OBJECT_BUSY` while PostgreSQL would refuse to drop a database, whoever is in it. Asked before its
 * closing backup: what a subscription writes until it is dropped must be in that.
 */
export async function requireDroppable(session: Session, name: string): Promise<void> {
  const rows = await session.query<{ what: string }>(
    `select format('the subscription %I', s.subname) as what from pg_catalog.pg_subscription s
       join pg_catalog.pg_database d on d.oid = s.subdbid where d.datname = $1
     union all select format('the prepared transaction %L', gid) from pg_prepared_xacts where database = $1
     union all select format('the active replication slot %I', slot_name) from pg_replication_slots
      where database = $1 and active`,
    [name],
  );
  if (rows.length === 0) return;
  const holding = rows.map(({ what }) => what);
  throw new SagekeepError(
    'OBJECT_BUSY',
    `PostgreSQL does not drop ${JSON.stringify(name)}, nor is it backed up for that, while it has ${some(holding, 5)}.`,
    {
      retryable: true,
      advice: 'End that by hand if nobody needs it; the next cleanup drops the database.',
      facts: { dbname: name, holding },
    },
  );
}
