import {
  type Connection,
  connect,
  onDatabase,
  quoteIdentifier,
  quoteLiteral,
  type Session,
} from '../server/index.ts';

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
 * Drops a copy that never was live, with what PostgreSQL drops no database with: subscriptions, which came with the dump
 * and were never connected (the slots that they name belong to the live database's own), and prepared transactions.
 */
export async function dropCopy(from: DropFrom, name: string): Promise<void> {
  const holding = await from.session.query(
    `select from pg_subscription s join pg_database d on d.oid = s.subdbid where d.datname = $1
     union all select from pg_prepared_xacts where database = $1`,
    [name],
  );
  if (holding.length > 0) await clear(from, name);
  await dropDatabase(from.session, name);
}

async function clear({ connection, applicationName }: DropFrom, name: string): Promise<void> {
  await using session = await connect(onDatabase(connection, name), { applicationName });
  const prepared = await session.query<{ gid: string }>(
    'select gid from pg_prepared_xacts where database = current_database()',
  );
  for (const { gid } of prepared) await session.query(`rollback prepared ${quoteLiteral(gid)}`);
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
