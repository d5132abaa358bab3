import { SagekeepError } from '@sagekeep/contracts';
import type { Session } from '../server/index.ts';
import { isAlive } from './alive.ts';
import { dropOrShut } from './drop.ts';
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
  /** Why databases are shut only, and left to the next cleanup. */
  readonly left: readonly string[];
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
 * write on), then the databases they were building, so that a late starter finds nothing to write to. One whose drop
 * somebody else holds up is shut at least, and not among those that were dropped.
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
  return { sessions, ...(await dropAll(lock, asides)) };
}

async function dropAll(lock: LockSession, names: readonly string[]) {
  const [databases, left]: [string[], string[]] = [[], []];
  for (const name of names) {
    const error = await dropOrShut(lock, name);
    if (error === null) databases.push(name);
    else left.push(error.message);
  }
  return { databases, left };
}

/**
 * Ends the sessions that older runs of the same job left behind, and resolves when they are gone: Docker lets a tool inside
 * a container run on when nobody listens any more. Those of other kinds or in other databases are left alone: two
 * installations with one server have scheduled jobs of the same id.
 */
export async function endPastSessions(
  lock: LockSession,
  run: Run,
  of: { readonly kind: SessionKind; readonly dbname: string },
): Promise<void> {
  const sessions = await lock.session.query<{ pid: number; name: string }>(
    `select pid, application_name as name from pg_stat_activity
      where starts_with(application_name, $1) and datname = $2 and pid <> pg_backend_pid()`,
    [`sagekeep-${of.kind}/`, of.dbname],
  );
  const past = sessions.filter((row) => isPast(shortIdOf(row.name), run));
  await terminatePids(
    lock.session,
    past.map((row) => row.pid),
  );
}

/**
 * Drops what older runs of the same job have made for a dbname that needs no target's lock, and ends whoever is in it. Other
 * jobs' are none of our business; a sweep finds those whose job is dead.
 */
export async function endPastLives(
  lock: LockSession,
  run: Owner,
  kind: MadeKind,
): Promise<Pick<Fenced, 'databases' | 'left'>> {
  const made = await madeFor(lock.session, run.dbname);
  const past = made.filter(({ name }) => {
    const parts = parseMadeName(name);
    return parts?.kind === kind && isPast(parts.shortId, run);
  });
  return await dropAll(
    lock,
    past.map(({ name }) => name),
  );
}

function stubborn(names: readonly string[]): SagekeepError {
  return new SagekeepError('OBJECT_BUSY', 'An older attempt keeps opening new sessions.', {
    retryable: true,
    advice: 'End the process that runs it; the server log names its address.',
    facts: { names },
  });
}
