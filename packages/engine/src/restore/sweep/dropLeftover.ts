import type { JobContext, RestoreRecord } from '@sagekeep/contracts';
import {
  dropCopy,
  dropDatabase,
  isAlive,
  isHalfDropped,
  newShortId,
  openLockSession,
  tryLock,
} from '../../lock/index.ts';
import { onDatabase } from '../../server/index.ts';
import { withSignal } from '../context.ts';
import type { RestoreDependencies } from '../dependencies.ts';
import { baseOf } from './baseOf.ts';
import { closeKept } from './closeKept.ts';
import type { Leftover, MadeDatabase } from './leftovers.ts';
import { requireDroppable } from './requireDroppable.ts';

/** What is gone can neither be undone nor shown as kept. */
async function expire(deps: RestoreDependencies, made: MadeDatabase): Promise<void> {
  const record = made.record === null ? null : await deps.vault.records.get('restores', made.record.id);
  if (record === null) return;
  const put = (change: Partial<RestoreRecord>) =>
    deps.vault.records.put('restores', record.id, { ...record, ...change });
  if (record.state === 'swapped' && record.before === made.name) await put({ state: 'expired' });
  if (record.state === 'undone' && record.swappedOut?.name === made.name) await put({ swappedOut: null });
}

/**
 * Drops one leftover, if it still is one. What was kept for undo goes only after a closing backup of it, taken after its
 * swap, is whole. Returns the bytes it freed, or null when somebody works with it now: the next sweep looks again.
 */
export async function dropLeftover(
  deps: RestoreDependencies,
  leftover: Leftover,
  context: JobContext,
): Promise<number | null> {
  const { connection, name, record } = leftover;
  const target = onDatabase(connection, record?.into ?? baseOf(name));
  await using lock = await openLockSession(target, {
    kind: 'sweep',
    shortId: newShortId(context.jobId, context.attempt),
    signal: context.signal,
  });
  const restoreLock = { scope: 'restore', dbname: target.dbname, mode: 'exclusive' } as const;
  if (!(await tryLock(lock.session, restoreLock))) return null;
  if (await isAlive(lock.session, name)) return null;
  const [present] = await lock.session.query<{ oid: number }>(
    'select oid from pg_database where datname = $1',
    [name],
  );
  if (present?.oid !== leftover.oid) return null;
  if (leftover.kind === 'before') {
    // A drop that was begun and not ended followed a closing backup, and left nothing to back up.
    if (!(await isHalfDropped(lock.session, name))) {
      await requireDroppable(lock.session, name);
      await closeKept(deps, leftover, withSignal(context, lock.signal));
    }
    await dropDatabase(lock, name);
  } else await dropCopy(lock, name);
  await expire(deps, leftover);
  context.log(`dropped ${name}: ${leftover.action.reason}`);
  return leftover.bytes;
}
