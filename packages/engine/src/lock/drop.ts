import { type Connection, connect, onDatabase, quoteIdentifier, type Session } from '../server/index.ts';

/** A session with the server's maintenance database, and how to get into the others. */
export interface DropFrom {
  readonly session: Session;
  readonly connection: Connection;
  readonly applicationName: string;
}

/** Drops a database and whoever is in it. What is gone already is no error. */
export async function dropDatabase(session: Session, name: string): Promise<void> {
  await session.query(`drop database if exists ${quoteIdentifier(name)} with (force)`);
}

/**
 * Drops a copy that never was live. PostgreSQL drops no database with a subscription: a copy's came with its dump, was
 * never connected, and names a slot that belongs to the live database's own, so it is left alone.
 */
export async function dropCopy(from: DropFrom, name: string): Promise<void> {
  const subscribed = await from.session.query(
    'select from pg_subscription s join pg_database d on d.oid = s.subdbid where d.datname = $1',
    [name],
  );
  if (subscribed.length > 0) await dropSubscriptions(from, name);
  await dropDatabase(from.session, name);
}

async function dropSubscriptions({ connection, applicationName }: DropFrom, name: string): Promise<void> {
  await using session = await connect(onDatabase(connection, name), { applicationName });
  const subscriptions = await session.query<{ name: string }>(
    `select s.subname as name from pg_subscription s join pg_database d on d.oid = s.subdbid
      where d.datname = current_database()`,
  );
  for (const subscription of subscriptions) {
    const quoted = quoteIdentifier(subscription.name);
    await session.query(`alter subscription ${quoted} disable`);
    await session.query(`alter subscription ${quoted} set (slot_name = none)`);
    await session.query(`drop subscription ${quoted}`);
  }
}
