import type { Connection } from '../server/index.ts';
import { claims, type Operation } from './conflicts.ts';
import { endPastSessions } from './fence.ts';
import { newShortId } from './names.ts';
import { openLockSession } from './session.ts';
import { takeLock } from './take.ts';

export interface ContentLockOptions {
  /** Which row of the conflict matrix this is. */
  readonly operation: Extract<Operation, 'backup' | 'safety backup'>;
  /** The database that is read: its server gives the lock, its dbname the key. */
  readonly connection: Connection;
  readonly jobId: string;
  readonly attempt: number;
  readonly signal: AbortSignal;
}

/**
 * Runs work that reads a live database as a whole, beside others of its kind and never while its content is being
 * replaced. Throws a retryable `LOCK_BUSY` at once when it is. What older attempts of the job still read with is ended
 * first. The signal that `work` is given replaces the caller's: it also aborts, with `LOCK_LOST`, when a swap has ended our
 * patience or the session is gone.
 */
export async function withContentLock<Result>(
  options: ContentLockOptions,
  work: (signal: AbortSignal) => Promise<Result>,
): Promise<Result> {
  const { connection, jobId, attempt, signal } = options;
  const shortId = newShortId(jobId, attempt);
  await using lock = await openLockSession(connection, { kind: 'backup', shortId, signal });
  const mode = claims[options.operation].content ?? 'shared';
  await takeLock(lock, { scope: 'content', dbname: connection.dbname, mode });
  const of = { kind: 'backup', dbname: connection.dbname } as const;
  // Of this attempt's number there may be others that live: a restore's parts have its names, and two installations that
  // back up one database have scheduled jobs of the same id.
  await endPastSessions(lock, { jobId, attempt, shortId }, of);
  return await work(lock.signal);
}
