import { isSagekeepError, SagekeepError } from '@sagekeep/contracts';
import type { LockSession } from '../lock/index.ts';
import { quoteIdentifier, type Session } from '../server/index.ts';
import { exchanged } from './exchanged.ts';
import { awaitUnguarded, mayEnd } from './guards.ts';
import {
  commentStatement,
  databaseWithOid,
  type PresentDatabase,
  propertyStatements,
  rolesOf,
  seclusionStatements,
} from './properties.ts';

export interface SwapRequest {
  /** The database that has the live name now; null when there is none. */
  readonly live: PresentDatabase | null;
  readonly name: string;
  /** The proven copy, or what was kept. */
  readonly incoming: PresentDatabase;
  /** The name that the old one is kept under, and what its comment says. */
  readonly before: string;
  readonly beforeComment: string;
  /** What the live name shall have when there was no live database to carry it over from. */
  readonly wanted: PresentDatabase['properties'];
  /** A second session with the maintenance database; it ends those who are inside. */
  readonly helper: Session;
  /** Tests wait here. */
  readonly border: (name: string) => Promise<void>;
  /** Told, when nothing came of it, how long clients were shut out in vain, ms. */
  readonly onFailure: (downtimeMs: number) => Promise<void>;
}

export interface Swapped {
  /** Clients were shut out so long, ms: in every try from its first statement to the answer of its commit or rollback. */
  readonly downtimeMs: number;
}

/** Counts the time that clients wait at the door. */
interface Door {
  closedMs: number;
}

const triesForRename = 2;
const longestPauseMs = 3000;
/** A lock on the database itself, say by a COMMENT that is not committed: whoever connects would queue behind us. */
const longestLockWaitMs = 2000;
/** Ends whoever is inside until the rename has what it waits for; those who come meanwhile wait at the door. */
async function endSessions(
  helper: Session,
  oids: readonly number[],
  until: { done: boolean },
): Promise<void> {
  while (!until.done) {
    await helper.query(
      `select pg_terminate_backend(a.pid) as ok, pg_sleep(0.002)
         from pg_stat_activity a join pg_roles r on r.oid = a.usesysid
        where a.datid = any($1::oid[]) and a.pid <> pg_backend_pid() and ${mayEnd}
        union all select false, pg_sleep(0.002)`,
      [oids],
    );
  }
}

const rename = (from: string, to: string) =>
  `alter database ${quoteIdentifier(from)} rename to ${quoteIdentifier(to)}`;

/** Both renames, with whoever is inside of either database ended meanwhile. */
async function renameBoth(lock: LockSession, request: SwapRequest): Promise<void> {
  const { live, incoming, name, before, helper, border } = request;
  const until = { done: false };
  const ending = endSessions(helper, [incoming.oid, ...(live === null ? [] : [live.oid])], until);
  // When ending fails a rename fails too, by its own 5 s: that error says more.
  ending.catch(() => undefined);
  try {
    if (live !== null) await lock.session.query(rename(name, before));
    await border('restore:swap-renamed');
    await lock.session.query(rename(incoming.name, name));
  } finally {
    until.done = true;
  }
  await ending;
}

/**
 * What the renamed database is like, now that nobody else can change it any more. Throws a retryable `OBJECT_BUSY` when it
 * is not the one that was looked at: names were taken, and somebody else may have given one to another database since.
 */
async function renamedProperties(
  session: Session,
  { oid, name }: PresentDatabase,
  to: string,
): Promise<PresentDatabase['properties']> {
  const present = await databaseWithOid(session, oid);
  if (present?.name === to) return present.properties;
  throw exchanged(name, 'at the last moment, so nothing was swapped');
}

async function statementsAfter(session: Session, request: SwapRequest): Promise<string[]> {
  const { name, before } = request;
  const roles = await rolesOf(session);
  const live = request.live === null ? null : await renamedProperties(session, request.live, before);
  const incoming = await renamedProperties(session, request.incoming, name);
  const kept =
    live === null
      ? []
      : [...seclusionStatements(before, live), commentStatement(before, request.beforeComment)];
  return [...propertyStatements({ name, present: incoming, wanted: live ?? request.wanted, roles }), ...kept];
}

async function attemptSwap(lock: LockSession, request: SwapRequest, door: Door): Promise<void> {
  const began = performance.now();
  await lock.session.query('begin');
  // A worker that freezes in here would keep everybody at the door: the server then rolls back by itself.
  await lock.session.query(`set local idle_in_transaction_session_timeout = ${longestPauseMs}`);
  await lock.session.query(`set local lock_timeout = ${longestLockWaitMs}`);
  try {
    await renameBoth(lock, request);
    for (const statement of await statementsAfter(lock.session, request)) await lock.session.query(statement);
    await request.border('restore:swap-before-commit');
    lock.signal.throwIfAborted();
    await lock.session.query('commit');
  } catch (error) {
    if (!lock.session.lost.aborted) await lock.session.query('rollback').catch(() => undefined);
    throw error;
  } finally {
    door.closedMs += performance.now() - began;
  }
}

const stateOf = (error: unknown) => (isSagekeepError(error) ? error.facts['sqlState'] : undefined);

async function swapWithin(lock: LockSession, request: SwapRequest, door: Door): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    lock.signal.throwIfAborted();
    await awaitUnguarded(lock, request.incoming);
    if (request.live !== null) await awaitUnguarded(lock, request.live);
    try {
      return await attemptSwap(lock, request, door);
    } catch (error) {
      if (stateOf(error) === '55P03') throw locked(request.name, error);
      if (stateOf(error) !== '55006') throw error;
      if (attempt === triesForRename) throw stillInUse(request.name, error);
    }
  }
}

/**
 * Gives the live name to the incoming database, in one transaction on the session that holds the lock: killed anywhere,
 * it rolls back. Owner, comment, limit, grants and settings of the live name stay with the name. Clients inside are
 * ended (57P01), clients at the door wait and are told at the commit that the database they found is gone (3D000): both
 * reconnect. Throws, both retryable, `PERMISSION_MISSING` when somebody stays inside who may not be
 * ended, `OBJECT_BUSY` when others do, when another session holds a lock on the database itself, or when somebody else has
 * given a name to another database.
 */
export async function swap(lock: LockSession, request: SwapRequest): Promise<Swapped> {
  const door: Door = { closedMs: 0 };
  try {
    await swapWithin(lock, request, door);
    return { downtimeMs: door.closedMs };
  } catch (error) {
    // A storage that cannot write that down must not hide why nothing was swapped.
    await request.onFailure(door.closedMs).catch(() => undefined);
    throw error;
  }
}

function locked(name: string, cause: unknown): SagekeepError {
  return new SagekeepError(
    'OBJECT_BUSY',
    `Another session holds a lock on the database ${JSON.stringify(name)} itself, so nothing was swapped and nothing has changed.`,
    {
      retryable: true,
      advice:
        "End its transaction: pg_locks with classid = 'pg_database'::regclass names its pid. The job can be run again.",
      cause,
    },
  );
}

function stillInUse(name: string, cause: unknown): SagekeepError {
  return new SagekeepError(
    'OBJECT_BUSY',
    `Sessions with ${JSON.stringify(name)} did not end, so nothing was swapped and nothing has changed.`,
    {
      retryable: true,
      advice: 'Look into pg_stat_activity for who keeps connecting; the job can be run again.',
      cause,
    },
  );
}
