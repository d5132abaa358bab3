import { isSagekeepError } from '@sagekeep/contracts';
import { type Connection, connect, lockWaitMs, queryOne, type Session } from '../server/index.ts';
import type { Limits } from './limits.ts';
import type { ConnectionFacts } from './probe.ts';

export interface Opening {
  readonly connection: Connection;
  readonly limits: Limits;
  readonly applicationName: string;
  readonly signal: AbortSignal;
}

/** The session, or why there is none. */
export interface Opened {
  readonly session: Session | null;
  readonly facts: ConnectionFacts;
}

/**
 * A session that can only read, cannot wait for long, and resolves no name through a schema of the users. That there
 * is none is a fact, not an error; only the signal's reason is thrown.
 */
export async function openSession({ connection, limits, applicationName, signal }: Opening): Promise<Opened> {
  const started = performance.now();
  const elapsed = () => performance.now() - started;
  const settings = {
    default_transaction_read_only: 'on',
    statement_timeout: String(limits.statementMs),
    lock_timeout: String(lockWaitMs),
    search_path: 'pg_catalog',
    row_security: 'off',
    jit: 'off',
  };
  try {
    const session = await connect(connection, { applicationName, signal, settings });
    const identity = await queryOne<{ role: string; num: string }>(
      session,
      `select current_user::text as role, current_setting('server_version_num') as num`,
    );
    const { role, num } = identity;
    return { session, facts: { connected: true, ms: elapsed(), role, serverVersionNum: Number(num) } };
  } catch (error) {
    signal.throwIfAborted();
    if (!isSagekeepError(error)) throw error;
    const advice = error.advice ?? 'Look into the log of the server.';
    return { session: null, facts: { connected: false, ms: elapsed(), error: error.message, advice } };
  }
}
