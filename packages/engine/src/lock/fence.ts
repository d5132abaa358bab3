import { SagekeepError } from '@sagekeep/contracts';
import type { Session } from '../server/index.ts';
import { isAlive } from './alive.ts';
import { dropCopy } from './drop.ts';
import {
  isMadeFor,
  jobDigest,
  type MadeKind,
  parseApplicationName,
  parseMadeName,
  type SessionKind,
} from './names.ts';
import type { LockSession } from './session.ts';
import { holdersOf, type LockRequest, lockBusy, tryLock } from './take.ts';
import { terminatePids } from './terminate.ts';

/** A run of a job, as its names tell it: what is past to it are the job's runs of a lower attempt, but for itself. */
export interface Run {
  readonly jobId: string;
  readonly attempt: number;
  readonly shortId: string;
}

/** One attempt of one job, working on one target. */
export interface Owner extends Run {
  readonly dbname: string;
}

/** What a new owner ended and dropped of those before it. */
export interface Fenced {
  readonly sessions: readonly string[];
  readonly databases: readonly string[];
}

const shortIdOf = (name: string | null) => name?.split('/')[1] ?? '';

/** A frozen run that wakes up must not end the one after it. */
function isPast(shortId: string, run: Run): boolean {
  const ours = `${jobDigest(run.jobId)}a`;
  return (
    shortId.startsWith(ours) &&
    shortId !== run.shortId &&
    Number(shortId.slice(ours.length).split('n')[0]) < run.attempt
  );
}

/**
 * Takes the right to change a target, exclusively and for as long as the session lives. An older attempt of the same
 * job that still holds it (frozen, or cut off from the queue) is ended; anyone else makes this throw `LOCK_BUSY`.
 */
export async function takeTarget(lock: LockSession, owner: Owner): Promise<void> {
  const request: LockRequest = { scope: 'restore', dbname: owner.dbname, mode: 'exclusive' };
  if (await tryLock(lock.session, request)) return;
  const holders = await holdersOf(lock.session, 'restore', owner.dbname);
  const past = holders.filter((holder) => isPast(shortIdOf(holder.applicationName), owner));
  await terminatePids(
    lock.session,
    past.map((holder) => holder.pid),
  );
  if (await tryLock(lock.session, request)) return;
  throw lockBusy(request, await holdersOf(lock.session, 'restore', owner.dbname));
}

/** The databases of one kind that were made for a target, whoever made them. */
export async function madeFor(session: Session, dbname: string): Promise<{ name: string; oid: number }[]> {
  const rows = await session.query<{ name: string; oid: number }>(
    'select datname as name, oid from pg_database where datname ~ $1',
    ['_(aside|before|scratch|mismatch)_[0-9a-f]{8}a[0-9]+n[0-9a-f]{4}$'],
  );
  return rows.filter((row) => isMadeFor(row.name, dbname));
}

/**
 * Sessions of restores and undos of this target that are not ours, whatever database they are in by now, and of the safety
 * backups that older attempts of this job take: they would hold the content until the swap's patience ends.
 */
async function olderSessions(
  session: Session,
  owner: Owner,
  asides: readonly string[],
): Promise<{ pid: number; name: string }[]> {
  const ids = asides.map((name) => parseMadeName(name)?.shortId ?? '');
  const rows = await session.query<{ pid: number; name: string; datname: string | null }>(
    `select pid, application_name as name, datname from pg_stat_activity
      where pid <> pg_backend_pid() and application_name ~ '^sagekeep-(restore|undo|backup)/'`,
  );
  return rows.filter((row) => {
    const parts = parseApplicationName(row.name);
    const shortId = shortIdOf(row.name);
    if (parts === null || shortId === owner.shortId) return false;
    if (parts.kind === 'backup') return isPast(shortId, owner);
    const inside = row.datname === owner.dbname || asides.includes(row.datname ?? '');
    return inside || isPast(shortId, owner) || ids.includes(shortId);
  });
}

/**
 * Ends what older attempts on this target left behind: their sessions first (a killed worker's children and backends
 * write on), then the databases they were building, so that a late starter finds nothing to write to.
 * Call it with the target's lock held and before anything is made.
 */
export async function fence(lock: LockSession, owner: Owner): Promise<Fenced> {
  const own = `_aside_${owner.shortId}`;
  const asides: string[] = [];
  for (const { name } of await madeFor(lock.session, owner.dbname)) {
    if (parseMadeName(name)?.kind !== 'aside' || name.endsWith(own)) continue;
    // Whoever built for this target had to hold its lock, which is ours now. One that is still being built is for a longer
    // dbname whose beginning is the same.
    if (!(await isAlive(lock.session, name))) asides.push(name);
  }
  const sessions: string[] = [];
  for (let round = 0; ; round += 1) {
    const older = await olderSessions(lock.session, owner, asides);
    if (older.length === 0) break;
    if (round === 20) throw stubborn(older.map((entry) => entry.name));
    await terminatePids(
      lock.session,
      older.map((entry) => entry.pid),
    );
    sessions.push(...older.map((entry) => entry.name));
  }
  for (const name of asides) await dropCopy(lock, name);
  return { sessions, databases: asides };
}

/**
 * Ends the sessions that older runs of the same job left behind, and resolves when they are gone: Docker lets a tool inside
 * a container run on when nobody listens any more. `of` leaves alone those of other kinds or in other databases: two
 * installations with one server have scheduled jobs of the same id.
 */
export async function endPastSessions(
  lock: LockSession,
  run: Run,
  of?: { readonly kind: SessionKind; readonly dbname: string },
): Promise<void> {
  const sessions = await lock.session.query<{ pid: number; name: string }>(
    `select pid, application_name as name from pg_stat_activity
      where application_name ~ '^sagekeep-[a-z]+/' and pid <> pg_backend_pid()
        and ($1::text is null or starts_with(application_name, 'sagekeep-' || $1 || '/'))
        and ($2::text is null or datname = $2)`,
    [of?.kind ?? null, of?.dbname ?? null],
  );
  const past = sessions.filter((row) => isPast(shortIdOf(row.name), run));
  await terminatePids(
    lock.session,
    past.map((row) => row.pid),
  );
}

/**
 * Ends what older runs of the same job left behind that need no target's lock: their sessions, then their databases of
 * one kind. Other jobs' are none of our business; a sweep finds those whose job is dead.
 */
export async function endPastLives(lock: LockSession, run: Run & { readonly kind: MadeKind }): Promise<void> {
  await endPastSessions(lock, run);
  const databases = await lock.session.query<{ name: string }>(
    'select datname as name from pg_database where datname ~ $1',
    [`_${run.kind}_${jobDigest(run.jobId)}a`],
  );
  for (const { name } of databases) {
    const parts = parseMadeName(name);
    if (parts?.kind === run.kind && isPast(parts.shortId, run)) await dropCopy(lock, name);
  }
}

function stubborn(names: readonly string[]): SagekeepError {
  return new SagekeepError('OBJECT_BUSY', 'An older attempt keeps opening new sessions.', {
    retryable: true,
    advice: 'End the process that runs it; the server log names its address.',
    facts: { names },
  });
}
