import { setTimeout as sleep } from 'node:timers/promises';
import { isSagekeepError, SagekeepError } from '@sagekeep/contracts';
import { type Connection, connect, isHeld, lockWaitMs, queryOne, type Session } from '../server/index.ts';
import { some } from '../text/index.ts';
import { contentSettings } from '../tools/index.ts';
import { describeBlockers, findBlockers } from './blockers.ts';
import { listTables, listUnlocked, lockTables, type SnapshotTable } from './tables.ts';

export interface SnapshotOptions {
  readonly applicationName: string;
  readonly signal: AbortSignal;
  /** How long one table may keep us waiting before we step back and let others pass, ms. Default `lockWaitMs`. */
  readonly lockTimeoutMs?: number;
  /**
   * How long taking all locks may last before we step back, ms. Default 800: they are taken, or given up, before a server
   * with PostgreSQL's `deadlock_timeout` of 1 s looks whether somebody who waits for our first table is waited for by us,
   * and ends his transaction. Some 10,000 tables are locked in that time; where there are more, or the server is far
   * away, it is doubled as often as it takes.
   */
  readonly locksWithinMs?: number;
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

interface Retry {
  readonly retry: string;
  /** The time was up, and nobody was in the way. */
  readonly slow?: boolean;
}
type Attempt = { readonly snapshot: Snapshot } | Retry;

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
async function tryOnce(session: Session, withinMs: number): Promise<Attempt> {
  const listed = await listTables(session);
  await session.query('begin isolation level repeatable read read only');
  await lockTables(session, { tables: listed, withinMs });
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

/** SQLSTATE of all that took too long. */
const timeUp = '57014';
/** SQLSTATEs of a table that was dropped since it was listed, with or without its schema. */
const dropped = new Set(['42P01', '3F000']);

async function attempt(session: Session, withinMs: number): Promise<Attempt> {
  try {
    return await tryOnce(session, withinMs);
  } catch (error) {
    const state = isSagekeepError(error) ? String(error.facts['sqlState']) : '';
    if (!isHeld(error) && state !== timeUp && !dropped.has(state)) throw error;
    await session.query('rollback');
    if (dropped.has(state)) return { retry: 'a table was dropped while they were being locked' };
    const blockers = await findBlockers(session);
    if (state === timeUp && blockers.length === 0)
      return { retry: `locking took longer than ${withinMs} ms`, slow: true };
    return { retry: `a table is held (${describeBlockers(blockers)})` };
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
 * `lockTimeoutMs` in one go, so that nothing of production queues behind it, nor long enough altogether that somebody
 * else is ended for a deadlock with us. Throws a retryable `OBJECT_BUSY` that names who is in the way once its patience is
 * over.
 */
export async function takeSnapshot(connection: Connection, options: SnapshotOptions): Promise<Snapshot> {
  const {
    applicationName,
    signal,
    lockTimeoutMs = lockWaitMs,
    locksWithinMs = 800,
    patienceMs = 120_000,
  } = options;
  const session = await connect(connection, {
    applicationName,
    signal,
    settings: { ...settings, lock_timeout: String(lockTimeoutMs) },
  });
  const end = performance.now() + patienceMs;
  try {
    let withinMs = locksWithinMs;
    for (let pauseMs = 100; ; pauseMs = Math.min(pauseMs * 2, 5000)) {
      const result = await attempt(session, withinMs);
      if ('snapshot' in result) return result.snapshot;
      if (result.slow === true) withinMs *= 2;
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
