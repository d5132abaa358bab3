import type { CleanupAction, JobContext, RestoreRecord } from '@sagekeep/contracts';
import {
  dropCopy,
  dropDatabase,
  newShortId,
  openLockSession,
  openMaintenance,
  parseMadeName,
  tryLock,
  unlock,
} from '../lock/index.ts';
import { applicationName } from '../lock/names.ts';
import { describeConnection, onDatabase, type Session } from '../server/index.ts';
import { closeKept } from './closing.ts';
import { withSignal } from './context.ts';
import type { RestoreDependencies } from './dependencies.ts';
import { dropUntrustedRole, untrustedRolePattern } from './foreign/untrustedRole.ts';
import { keepSettled } from './keepSettled.ts';
import { type Survey, type Swept, type UnsweptServer, whyNotDropped } from './keptByName.ts';
import { allServers, keptUntil, type Leftover, type MadeDatabase, madeDatabases } from './leftovers.ts';
import { allRestores } from './record.ts';
import { isOnServer, serverOf } from './servers.ts';
import { settle, settleUndo } from './settle.ts';
import { resolveTarget } from './target.ts';

export interface SweepOptions {
  readonly context: JobContext;
  /** Only what belongs to this database. */
  readonly database?: string | undefined;
  /** The name of a kept database that shall go now, before its time; nothing else is swept then. */
  readonly kept?: string | undefined;
}

const defaultKeepMs = 24 * 3_600_000;

function keepMsOf(deps: RestoreDependencies, record: RestoreRecord | null): number {
  return deps.databases.find((entry) => entry.name === record?.database)?.keepBeforeMs ?? defaultKeepMs;
}

function actionFor(made: MadeDatabase, action: CleanupAction['action'], reason: string): Leftover {
  return {
    ...made,
    action: {
      subject: 'database',
      backup: made.name,
      database: made.record?.database ?? '',
      action,
      reason,
      bytes: made.bytes,
    },
  };
}

/** The session must be where the locks of that database live. */
async function isAlive(session: Session, name: string): Promise<boolean> {
  const request = { scope: 'made', dbname: name, mode: 'exclusive' } as const;
  if (!(await tryLock(session, request))) return true;
  await unlock(session, request);
  return false;
}

/** The dbname that a copy was made for; a long one is cut, which no name of a maintenance database is. */
function baseOf(name: string): string {
  return parseMadeName(name)?.base ?? name;
}

async function decide(
  deps: RestoreDependencies,
  session: Session,
  made: MadeDatabase & { readonly wanted: boolean },
): Promise<Leftover> {
  if (made.kind === 'aside' || made.kind === 'scratch') {
    if (await isAlive(session, made.name))
      return actionFor(made, 'keep', 'a restore or proof is building it');
    return actionFor(made, 'delete', 'left behind by an attempt that is dead');
  }
  const until = keptUntil(made, keepMsOf(deps, made.record));
  if (made.wanted) return actionFor(made, 'delete', 'asked for by name');
  if (until === null) return actionFor(made, 'keep', 'no record says until when it is kept; drop it by name');
  if (until > deps.now()) return actionFor(made, 'keep', `kept for undo until ${until.toISOString()}`);
  return actionFor(made, 'delete', `kept for undo until ${until.toISOString()}, which has passed`);
}

/** What lies on the configured servers that is ours and not live, with what should become of it. Read-only. */
export async function surveyDatabases(deps: RestoreDependencies, options: SweepOptions): Promise<Survey> {
  const records = await allRestores(deps.vault);
  const shortId = newShortId(options.context.jobId, options.context.attempt);
  const found: Leftover[] = [];
  const unswept: UnsweptServer[] = [];
  for (const connection of allServers(deps)) {
    try {
      const asker = { applicationName: applicationName('sweep', shortId), signal: options.context.signal };
      await using session = await openMaintenance(connection, asker);
      const server = await serverOf(session, connection);
      const here = records.filter((record) => isOnServer(deps, record, server));
      for (const made of await madeDatabases(session, connection, here)) {
        // Locks live with the dbname that a copy was made for, not with the one that this server is configured by.
        await using home = await openMaintenance(onDatabase(connection, baseOf(made.name)), asker);
        found.push(await decide(deps, home, { ...made, wanted: options.kept === made.name }));
      }
    } catch (error) {
      options.context.signal.throwIfAborted();
      const server = describeConnection(connection);
      deps.log.warn({ err: error, server }, 'a server could not be swept');
      unswept.push({ server, why: error instanceof Error ? error.message : String(error) });
    }
  }
  const { database } = options;
  const ours = found.filter(
    (entry) => database === undefined || ['', database].includes(entry.action.database),
  );
  return { leftovers: ours, unswept };
}

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
    await closeKept(deps, leftover, withSignal(context, lock.signal));
    await dropDatabase(lock.session, name);
  } else await dropCopy(lock, name);
  await expire(deps, leftover);
  context.log(`dropped ${name}: ${leftover.action.reason}`);
  return leftover.bytes;
}

/** Tells the truth about restores and undos whose worker died and that nobody tried again. */
export async function settleDead(deps: RestoreDependencies, context: JobContext): Promise<void> {
  for (const record of await allRestores(deps.vault)) {
    if (record.state !== 'building' && (record.state !== 'swapped' || record.before === null)) continue;
    try {
      await settleOne(deps, record, context);
    } catch (error) {
      context.signal.throwIfAborted();
      deps.log.warn({ err: error, restore: record.id }, 'a dead restore could not be settled yet');
    }
  }
}

async function settleOne(
  deps: RestoreDependencies,
  record: RestoreRecord,
  context: JobContext,
): Promise<void> {
  const target = resolveTarget(deps, { database: record.database, into: record.into, server: record.server });
  await using lock = await openLockSession(target.connection, {
    kind: 'sweep',
    shortId: newShortId(context.jobId, context.attempt),
    signal: context.signal,
  });
  if (!(await tryLock(lock.session, { scope: 'restore', dbname: record.into, mode: 'exclusive' }))) return;
  const fresh = (await deps.vault.records.get('restores', record.id)) ?? record;
  const { keepBeforeMs } = target.database;
  const options = { session: lock.session, now: deps.now(), keepBeforeMs };
  const settled = await settleUndo({ ...options, record: await settle({ ...options, record: fresh }) });
  if (settled !== fresh) await keepSettled(deps, settled);
}

/** Roles of untrusted restores whose attempt is dead. One that still owns a database goes after that. */
async function sweepRoles(deps: RestoreDependencies, context: JobContext): Promise<void> {
  const shortId = newShortId(context.jobId, context.attempt);
  for (const connection of allServers(deps)) {
    try {
      await using session = await openMaintenance(connection, {
        applicationName: applicationName('sweep', shortId),
        signal: context.signal,
      });
      const roles = await session.query<{ name: string }>(
        `select rolname as name from pg_roles r where rolname ~ $1
            and not exists (select 1 from pg_database d where d.datdba = r.oid)`,
        [untrustedRolePattern],
      );
      for (const { name } of roles) {
        if (!(await isAlive(session, name))) await dropUntrustedRole(session, name);
      }
    } catch (error) {
      context.signal.throwIfAborted();
      deps.log.warn({ err: error, server: describeConnection(connection) }, 'roles could not be swept');
    }
  }
}

/** Drops one, unless it is to be kept or this is a rehearsal. */
async function sweepOne(
  deps: RestoreDependencies,
  leftover: Leftover,
  { context, dryRun }: SweepOptions & { readonly dryRun: boolean },
): Promise<Swept> {
  const { action } = leftover;
  if (dryRun || action.action === 'keep') return { action, freedBytes: 0, error: null };
  const outcome = await dropLeftover(deps, leftover, context).catch((error: unknown) => {
    context.signal.throwIfAborted();
    return error instanceof Error ? error : new Error(String(error));
  });
  if (typeof outcome === 'number') return { action, freedBytes: outcome, error: null };
  const why = outcome === null ? 'somebody works with it now' : outcome.message;
  const reason = `${action.reason}, but ${why}`;
  return { action: { ...action, action: 'keep', reason }, freedBytes: 0, error: outcome };
}

function actionForServer({ server, why }: UnsweptServer): CleanupAction {
  const reason = `this server could not be swept: ${why}`;
  return { subject: 'database', backup: server, database: '', action: 'keep', reason, bytes: 0 };
}

/**
 * The cleanup of databases: settles dead restores, then drops what is past its time. With `dryRun` it only says what it
 * would do. One that cannot be dropped never stops the rest: it stays in the list as kept, with the reason, and so does a
 * server that does not answer. `failure` says why a database that was named is still there.
 */
export async function sweepDatabases(
  deps: RestoreDependencies,
  options: SweepOptions & { readonly dryRun: boolean },
): Promise<{ actions: CleanupAction[]; freedBytes: number; failure: Error | null }> {
  const { context, kept, dryRun } = options;
  if (!dryRun) await settleDead(deps, context);
  const survey = await surveyDatabases(deps, options);
  const swept: Swept[] = [];
  for (const leftover of survey.leftovers)
    if (kept === undefined || kept === leftover.name) swept.push(await sweepOne(deps, leftover, options));
  const actions = swept.map(({ action }) => action);
  const freedBytes = swept.reduce((sum, each) => sum + each.freedBytes, 0);
  if (kept !== undefined) return { actions, freedBytes, failure: whyNotDropped(kept, survey, swept[0]) };
  if (!dryRun) await sweepRoles(deps, context);
  return { actions: [...actions, ...survey.unswept.map(actionForServer)], freedBytes, failure: null };
}
