import type { RestoreRecord } from '@sagekeep/contracts';
import { type Connection, type Session, systemIdentifier } from '../server/index.ts';
import { type Configured, isSameAddress, resolveTarget } from './target.ts';

/** One running server, told from others by its own identifier, or, where that may not be asked, by its address. */
export interface Server {
  readonly connection: Connection;
  readonly id: string | null;
}

export async function serverOf(session: Session, connection: Connection): Promise<Server> {
  return { connection, id: await systemIdentifier(session) };
}

/**
 * Whether a restore was done on this very server: on another one its OIDs and names mean other databases. A record
 * without an identifier counts where its configured server has the same address.
 */
export function isOnServer(configured: Configured, record: RestoreRecord, server: Server): boolean {
  if (record.serverId != null && server.id !== null) return record.serverId === server.id;
  const { database, into, server: name } = record;
  try {
    return isSameAddress(
      resolveTarget(configured, { database, into, server: name }).connection,
      server.connection,
    );
  } catch {
    // What is configured no more is nowhere that we know of.
    return false;
  }
}
