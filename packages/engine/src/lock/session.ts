import { SagekeepError } from '@sagekeep/contracts';
import {
  type Connection,
  connect,
  connectToMaintenance,
  onDatabase,
  type Session,
  type SessionOptions,
} from '../server/index.ts';
import { requireDirect } from './direct.ts';
import { applicationName, type SessionKind } from './names.ts';

/** A dedicated session with the server's maintenance database. What it locks is free again when it ends. */
export interface LockSession extends AsyncDisposable {
  readonly session: Session;
  readonly connection: Connection;
  readonly applicationName: string;
  /** The caller's signal, or `LOCK_LOST` as soon as the session is gone: whatever it guards must stop at once. */
  readonly signal: AbortSignal;
  close(): Promise<void>;
}

export interface LockSessionOptions {
  readonly kind: SessionKind;
  readonly shortId: string;
  readonly signal: AbortSignal;
}

/** A vanished worker's host must not keep its locks for the hours that TCP's own defaults allow. */
const settings = {
  tcp_keepalives_idle: '30',
  tcp_keepalives_interval: '10',
  tcp_keepalives_count: '3',
  statement_timeout: '0',
  lock_timeout: '0',
  idle_in_transaction_session_timeout: '0',
  default_transaction_read_only: 'off',
};

function lockLost(cause: unknown): SagekeepError {
  return new SagekeepError(
    'LOCK_LOST',
    'The session that held the lock is gone, so the work was stopped at once.',
    {
      retryable: true,
      advice: 'Look into the server log for the reason; the job takes the lock again when it is retried.',
      cause,
    },
  );
}

/**
 * A session with the database in which a dbname's locks live: the maintenance database, or `template1` when the very
 * `postgres` is what is backed up and restored. Always the same one for one dbname, because advisory locks are local.
 */
export function openMaintenance(connection: Connection, options: SessionOptions): Promise<Session> {
  return connection.dbname === 'postgres'
    ? connect(onDatabase(connection, 'template1'), options)
    : connectToMaintenance(connection, options);
}

/** A second session beside a lock's own, for what must happen while that one waits. */
export function openHelper({
  connection,
  applicationName,
}: Pick<LockSession, 'connection' | 'applicationName'>): Promise<Session> {
  return openMaintenance(connection, { applicationName, settings });
}

/**
 * Opens the session that holds locks. Throws `CONFIGURATION_INVALID` behind a pooler, which would hand them to
 * strangers. The caller's signal does not close it: whoever holds the lock closes it after the work has really ended.
 */
export async function openLockSession(
  connection: Connection,
  options: LockSessionOptions,
): Promise<LockSession> {
  options.signal.throwIfAborted();
  const name = applicationName(options.kind, options.shortId);
  const session = await openMaintenance(connection, { applicationName: name, settings });
  try {
    await requireDirect(session);
  } catch (error) {
    await session.close();
    throw error;
  }
  const lost = new AbortController();
  session.lost.addEventListener('abort', () => lost.abort(lockLost(session.lost.reason)), { once: true });
  return {
    session,
    connection,
    applicationName: name,
    signal: AbortSignal.any([options.signal, lost.signal]),
    close: () => session.close(),
    [Symbol.asyncDispose]: () => session.close(),
  };
}
