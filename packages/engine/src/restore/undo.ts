import type { JobContext, RestoreRecord, UndoPayload } from '@sagekeep/contracts';
import { namingContainer } from '../docker/index.ts';
import {
  fence,
  isHalfDropped,
  type LockSession,
  madeName,
  newShortId,
  openLockSession,
  takeTarget,
} from '../lock/index.ts';
import { withSignal } from './context.ts';
import type { RestoreDependencies } from './dependencies.ts';
import { goLive } from './goLive.ts';
import { keepSettled } from './keepSettled.ts';
import { createPhases, type Phases } from './phases.ts';
import { nameOf, presentDatabase } from './properties.ts';
import { allRestores } from './record.ts';
import { undoReport } from './restoreReport.ts';
import { isElsewhere, settle } from './settle.ts';
import { resolveTarget, type Target } from './target.ts';
import { cannotUndo, keptIsGone, laterRestore, notUndoable, unknownRestore } from './undoErrors.ts';
import { requireUndoRights } from './undoRights.ts';

export interface Undone {
  readonly record: RestoreRecord;
  /** Null when the attempt that swapped did not live to measure it. */
  readonly downtimeMs: number | null;
}

/** What `latest` may mean: a copy under another name is never guessed. */
function isLatest(record: RestoreRecord, database: string): boolean {
  if (record.database !== database || record.own !== true || record.method !== 'aside') return false;
  return record.state === 'building' || (record.state === 'swapped' && record.before !== null);
}

/** `latest` is the newest restore that replaced the database in its own place. Throws `UNKNOWN_RESTORE`. */
async function recordNamed(deps: RestoreDependencies, payload: UndoPayload): Promise<RestoreRecord> {
  const { database, restore } = payload;
  if (restore !== 'latest') {
    const record = await deps.vault.records.get('restores', restore);
    if (record === null || record.database !== database) throw unknownRestore(payload);
    return record;
  }
  const all = await allRestores(deps.vault);
  const latest = all.find((record) => isLatest(record, database));
  if (latest === undefined) throw unknownRestore(payload, all);
  return latest;
}

interface Undoing {
  readonly record: RestoreRecord;
  readonly target: Target;
  readonly lock: LockSession;
  readonly shortId: string;
  readonly phases: Phases;
  readonly context: JobContext;
}

async function finish(deps: RestoreDependencies, undoing: Undoing, done: Partial<RestoreRecord>) {
  const { record, context } = undoing;
  const undone: RestoreRecord = {
    ...record,
    ...done,
    state: 'undone',
    undoneAt: deps.now().toISOString(),
    undoneBy: context.actor,
    undoJob: context.jobId,
  };
  await deps.vault.records.put('restores', undone.id, undone);
  return undone;
}

/** What the server says about a record that has to be undone; an attempt that died after its swap is found out here. */
async function keptDatabase(
  deps: RestoreDependencies,
  undoing: Undoing,
): Promise<{ name: string; oid: number }> {
  const { record, lock } = undoing;
  if (record.state !== 'swapped' || record.beforeOid === null) throw notUndoable(record);
  const live = await presentDatabase(lock.session, record.into);
  const name = await nameOf(lock.session, record.beforeOid);
  if (name === null || (await isHalfDropped(lock.session, name))) throw keptIsGone(record);
  if (live !== null && live.oid !== record.asideOid && live.oid !== record.beforeOid) {
    const all = await allRestores(deps.vault);
    throw laterRestore(
      record,
      all.find((entry) => entry.asideOid === live.oid),
    );
  }
  return { name, oid: record.beforeOid };
}

async function swapBack(deps: RestoreDependencies, undoing: Undoing, kept: { name: string; oid: number }) {
  const { record, target, lock, shortId, phases, context } = undoing;
  const incoming = await presentDatabase(lock.session, kept.name);
  if (incoming === null) throw keptIsGone(record);
  // The kept database itself was secluded when it was swapped out.
  const wanted = record.liveProperties ?? incoming.properties;
  const live = await presentDatabase(lock.session, record.into);
  await requireUndoRights(lock.session, { live, incoming, wanted });
  const until = new Date(deps.now().getTime() + target.database.keepBeforeMs).toISOString();
  const before = madeName(record.into, 'before', shortId);
  let outOid: number | null = null;
  const swapped = await phases.run('swap', 50, () =>
    goLive({
      lock,
      name: record.into,
      incoming: kept,
      before,
      why: `swapped out by the undo of ${record.id}, kept until ${until}`,
      wanted,
      patienceMs: deps.restorePatienceMs,
      context,
      onBefore: (live) => {
        outOid = live?.oid ?? null;
        return Promise.resolve();
      },
      onFailure: () => Promise.resolve(),
    }),
  );
  const downtimeMs = Math.round(swapped.downtimeMs);
  const swappedOut = outOid === null ? null : { name: before, oid: outOid, until };
  const undone = await finish(deps, undoing, { swappedOut, undoDowntimeMs: downtimeMs });
  return { record: undone, downtimeMs };
}

async function undoUnderLock(deps: RestoreDependencies, undoing: Undoing): Promise<Undone> {
  const { lock, target, record, context } = undoing;
  const { keepBeforeMs } = target.database;
  if (await isElsewhere(record, lock.session)) {
    throw cannotUndo(record, 'It was done on another server than the one that is there now.');
  }
  const settled = await settle({ record, session: lock.session, now: deps.now(), keepBeforeMs });
  if (settled !== record) await keepSettled(deps, settled);
  const present = { ...undoing, record: settled };
  if (settled.state === 'undone') {
    if (settled['undoJob'] === context.jobId) return { record: settled, downtimeMs: null };
    if (settled['undoJob'] !== undefined) throw notUndoable(settled);
    // Somebody else found out that an attempt of this undo had swapped back.
    const record = { ...settled, undoJob: context.jobId, undoneBy: context.actor };
    await deps.vault.records.put('restores', record.id, record);
    return { record, downtimeMs: null };
  }
  const kept = await keptDatabase(deps, present);
  if (kept.name !== settled.into) return await swapBack(deps, present, kept);
  const outOid = settled.asideOid;
  const out = outOid === null ? null : await nameOf(lock.session, outOid);
  const until = new Date(deps.now().getTime() + keepBeforeMs).toISOString();
  const swappedOut = out === null || outOid === null ? null : { name: out, oid: outOid, until };
  context.log('an earlier attempt has swapped back already');
  return { record: await finish(deps, present, { swappedOut }), downtimeMs: null };
}

/**
 * Swaps back what a restore swapped out, in the same way and as fast. Writes made since stay in the copy that is now
 * swapped out and kept. Throws `UNKNOWN_RESTORE`, or `UNDO_IMPOSSIBLE`, which says what to do instead.
 */
export async function undo(
  deps: RestoreDependencies,
  payload: UndoPayload,
  context: JobContext,
): Promise<Undone> {
  const record = await recordNamed(deps, payload);
  if (record.method === 'in-place') throw cannotUndo(record, 'It was done in place: nothing was kept aside.');
  const target = resolveTarget(deps, {
    database: record.database,
    into: record.into,
    server: record.server,
  });
  const shortId = newShortId(context.jobId, context.attempt);
  const { signal } = context;
  await using lock = await namingContainer(deps, { ...target, signal }, () =>
    openLockSession(target.connection, { kind: 'undo', shortId, signal }),
  );
  const owner = { dbname: record.into, jobId: context.jobId, attempt: context.attempt, shortId };
  await takeTarget(lock, owner);
  for (const why of (await fence(lock, owner)).left) context.log(why);
  const inner = withSignal(context, lock.signal);
  const phases = createPhases(inner, 'undo');
  const fresh = (await deps.vault.records.get('restores', record.id)) ?? record;
  const undone = await undoUnderLock(deps, { record: fresh, target, lock, shortId, phases, context: inner });
  const report = undoReport(undone.record, { jobId: context.jobId, at: deps.now() });
  await deps.vault.records.put('reports', report.id, report);
  context.progress({ progress: 100, phase: 'done' });
  return undone;
}
