import { type Connection, connect, onDatabase, quoteIdentifier, type Session } from '../server/index.ts';

/** A session with the server's maintenance database, and how to get into the others. */
export interface EnterFrom {
  readonly session: Session;
  readonly connection: Connection;
  readonly applicationName: string;
  readonly signal?: AbortSignal;
}

/**
 * Enters a copy whose content may be a stranger's, with our own rights. Nothing of it is executed: what its file has set for
 * the database is reset before, and no function, view or operator of its own is in the search path.
 */
export async function enterCopy(from: EnterFrom, name: string): Promise<Session> {
  const { session, connection, applicationName, signal } = from;
  await session.query(`alter database ${quoteIdentifier(name)} reset all`);
  return await connect(onDatabase(connection, name), {
    applicationName,
    ...(signal === undefined ? {} : { signal }),
    settings: {
      search_path: 'pg_catalog',
      role: 'none',
      default_transaction_read_only: 'off',
      statement_timeout: '0',
    },
  });
}
