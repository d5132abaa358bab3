import { isSagekeepError, type RestoreRecord } from '@sagekeep/contracts';
import { dropCopy, madeName, openMaintenance, terminatePids } from '../lock/index.ts';
import { quoteIdentifier, type Session } from '../server/index.ts';
import type { Attempt } from './attempt.ts';
import type { RestoreDependencies } from './dependencies.ts';
import { dropUntrustedRole, untrustedName } from './foreign/untrustedRole.ts';
import { partLiveError } from './inPlace/partLive.ts';
import { nameOf } from './properties.ts';
import type { Recorder } from './record.ts';
import { settle } from './settle.ts';

interface Failure {
  readonly recorder: Recorder;
  readonly error: unknown;
}

/** A copy that differs is kept for a person to look at when that was asked for; every other one is dropped. */
async function putAway(session: Session, attempt: Attempt, failure: Failure): Promise<string | null> {
  const { record } = failure.recorder;
  const keep = attempt.payload.onMismatch === 'keep' && isSagekeepError(failure.error, 'INVENTORY_MISMATCH');
  const present = record.asideOid === null ? null : await nameOf(session, record.asideOid);
  if (!keep || present !== record.aside) {
    const { connection, applicationName } = attempt.lock;
    await dropCopy({ session, connection, applicationName }, record.aside);
    return null;
  }
  const name = madeName(record.into, 'mismatch', record.shortId);
  await session.query(`alter database ${quoteIdentifier(record.aside)} rename to ${quoteIdentifier(name)}`);
  return name;
}

/** The lost session, unless it has ended: a server that was started again may have given its pid to another one. */
async function stillThere(session: Session, lock: Attempt['lock']): Promise<number[]> {
  const rows = await session.query<{ pid: number }>(
    'select pid from pg_stat_activity where pid = $1 and application_name = $2',
    [lock.session.pid, lock.applicationName],
  );
  return rows.map(({ pid }) => pid);
}

/**
 * Asks the server what an attempt came to that ended with an error: a commit whose answer was lost has happened all the
 * same. Uses a session of its own, because the lock's may be what was lost.
 */
async function truth(
  deps: Pick<RestoreDependencies, 'now'>,
  attempt: Attempt,
  failure: Failure,
): Promise<RestoreRecord> {
  const { lock, target } = attempt;
  await using session = await openMaintenance(lock.connection, { applicationName: lock.applicationName });
  // As long as it may still commit, nothing is true yet.
  if (lock.session.lost.aborted) await terminatePids(session, await stillThere(session, lock));
  const { keepBeforeMs } = target.database;
  const words = failure.error instanceof Error ? failure.error.message : String(failure.error);
  const { record } = failure.recorder;
  if (record.state !== 'building') return record;
  const failed = { ...record, error: words };
  const settled = await settle({ record: failed, session, now: deps.now(), keepBeforeMs });
  if (settled.state === 'swapped' || record.method === 'in-place') return settled;
  const kept = await putAway(session, attempt, failure);
  if (attempt.source.foreign !== null && kept === null) {
    await dropUntrustedRole(session, untrustedName(attempt.shortId));
  }
  const note = kept === null ? [] : [`The copy that differs was kept as ${JSON.stringify(kept)}.`];
  return { ...settled, notes: [...settled.notes, ...note] };
}

/**
 * Ends a failed attempt: its copy is dropped, its record says why, the error is thrown on. Where the server cannot be
 * asked, the record stays `building` with the error in it: the next attempt or cleanup settles it.
 */
export async function failAttempt(
  deps: Pick<RestoreDependencies, 'log' | 'now'>,
  attempt: Attempt,
  failure: Failure,
): Promise<RestoreRecord> {
  const { recorder, error } = failure;
  const timings = { ...attempt.phases.timings };
  let settled: RestoreRecord;
  try {
    settled = await truth(deps, attempt, failure);
  } catch (reason) {
    deps.log.warn({ err: reason, restore: recorder.record.id }, 'a failed restore could not be settled yet');
    const words = error instanceof Error ? error.message : String(error);
    await recorder.update({ error: words, timings });
    throw error;
  }
  await recorder.update({ ...settled, timings });
  if (settled.partLive === true) throw partLiveError(settled, error);
  // In place, what is live and what failed may both be true: the proof after the commit.
  if (settled.state !== 'swapped' || settled.error !== null) throw error;
  return recorder.record;
}
