import { setTimeout as sleep } from 'node:timers/promises';
import { isSagekeepError, SagekeepError } from '@sagekeep/contracts';
import { type Connection, connect, queryOne, type Session } from '../server/index.ts';
import { some } from '../text/index.ts';
import { contentSettings } from '../tools/index.ts';
import { describeBlockers, findBlockers } from './blockers.ts';
import { listTables, listUnlocked, lockTables, type SnapshotTable } from './tables.ts';

export interface SnapshotOptions {
  readonly applicationName: string;
  readonly signal: AbortSignal;
  /** How long one table may keep us waiting before we step back and let others pass, ms. Default 1 s. */
  readonly lockTimeoutMs?: number;
  /** How long to keep trying altogether, ms. Default 2 min. */
  readonly patienceMs?: number;
  /** Hears why it starts over. */
  readonly onRetry?: (reason: string) => void;
}

/** A moment of a database that stays readable, and whose tables stay as they are, until it is disposed of. */
export interface Snapshot extends AsyncDisposable {
  /** For `pg_dump --snapshot`. */
  readonly name: string;
  /** By the server's clock, never later than the moment itself. */
  readonly at: Date;
  readonly tables: readonly SnapshotTable[];
  /** Inside the transaction of the snapshot. */
  readonly session: Session;
}

type Attempt = { readonly snapshot: Snapshot } | { readonly retry: string };

const settings = {
  ...contentSettings,
  statement_timeout: '0',
  idle_in_transaction_session_timeout: '0',
  tcp_keepalives_idle: '30',
};

/**
 * The order matters: LOCK TABLE takes no snapshot, so the snapshot that follows sees what the locks hold; a table that
 * is in the snapshot but not locked could be truncated before pg_dump reads it, and would be dumped empty.
 */
async function tryOnce(session: Session): Promise<Attempt> {
  const listed = await listTables(session);
  await session.query('begin isolation level repeatable read read only');
  await lockTables(session, listed);
  const row = await queryOne<{ name: string; at: Date }>(
    session,
    'select pg_export_snapshot() as name, statement_timestamp() as at',
  );
  const unlocked = await listUnlocked(session);
  if (unlocked.length > 0) {
    const names = unlocked.map(({ name }) => JSON.stringify(name));
    return { retry: `tables were made while they were being locked: ${some(names, 3)}` };
  }
  const tables = await listTables(session);
  const dispose = () => session.close();
  return { snapshot: { name: row.name, at: row.at, tables, session, [Symbol.asyncDispose]: dispose } };
}

/** SQLSTATEs of a table that is held, was dropped since it was listed, or lost a deadlock. */
const passing = new Set(['55P03', '42P01', '3F000', '40P01']);

async function attempt(session: Session): Promise<Attempt> {
  try {
    return await tryOnce(session);
  } catch (error) {
    if (!isSagekeepError(error) || !passing.has(String(error.facts['sqlState']))) throw error;
    await session.query('rollback');
    const blockers = describeBlockers(await findBlockers(session));
    const held = error.facts['sqlState'] === '55P03';
    return {
      retry: held ? `a table is held (${blockers})` : 'a table was dropped while they were being locked',
    };
  }
}

function busy(reason: string, patienceMs: number): SagekeepError {
  const seconds = Math.round(patienceMs / 1000);
  return new SagekeepError('OBJECT_BUSY', `No consistent snapshot within ${seconds} s: ${reason}.`, {
    retryable: true,
    advice: 'Wait for that session, or end it with pg_terminate_backend; the job can be run again.',
  });
}

/**
 * Locks every table in ACCESS SHARE, then exports a snapshot that sees exactly those. Never waits longer than
 * `lockTimeoutMs` in one go, so that nothing of production queues behind it. Throws a retryable `OBJECT_BUSY` that
 * names who is in the way once its patience is over.
 */
export async function takeSnapshot(connection: Connection, options: SnapshotOptions): Promise<Snapshot> {
  const { applicationName, signal, lockTimeoutMs = 1000, patienceMs = 120_000 } = options;
  const session = await connect(connection, {
    applicationName,
    signal,
    settings: { ...settings, lock_timeout: String(lockTimeoutMs) },
  });
  const end = performance.now() + patienceMs;
  try {
    for (let pauseMs = 100; ; pauseMs = Math.min(pauseMs * 2, 5000)) {
      const result = await attempt(session);
      if ('snapshot' in result) return result.snapshot;
      await session.query('rollback');
      options.onRetry?.(result.retry);
      if (performance.now() + pauseMs > end) throw busy(result.retry, patienceMs);
      await sleep(pauseMs, undefined, { signal });
    }
  } catch (error) {
    await session.close();
    signal.throwIfAborted();
    throw error;
  }
}
