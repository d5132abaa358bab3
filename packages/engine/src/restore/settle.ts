import type { RestoreRecord } from '@sagekeep/contracts';
import { type Session, systemIdentifier } from '../server/index.ts';
import { fateOf } from './fate.ts';
import { partLive } from './inPlace/partLive.ts';
import { nameOf } from './properties.ts';

export interface SettleOptions {
  readonly record: RestoreRecord;
  /** A session with the record's server. Nobody works on the record's target: its lock is held or was free. */
  readonly session: Session;
  readonly now: Date;
  readonly keepBeforeMs: number;
}

/**
 * What became of an attempt that could not say so itself. The server knows: when the copy, by its OID, has the live
 * name, the swap was committed; else it was not. Returns the record as it is true now. Throws `OBJECT_BUSY` while a commit
 * in place is still under way.
 */
export async function settle(options: SettleOptions): Promise<RestoreRecord> {
  const { record, session, now } = options;
  if (record.state !== 'building') return record;
  if (await isElsewhere(record, session)) {
    const error =
      record.error ?? 'The server was replaced by another one: what the attempt came to, nobody can tell.';
    return { ...record, state: 'failed', finishedAt: now.toISOString(), fateUnknown: true, error };
  }
  if (record.method === 'in-place') return settleInPlace(options);
  const name = record.asideOid === null ? null : await nameOf(session, record.asideOid);
  const finishedAt = now.toISOString();
  if (name !== record.into || record.asideOid === null) {
    const error =
      record.error ?? 'The attempt ended before it could say why; the live database was not touched.';
    return { ...record, state: 'failed', finishedAt, error };
  }
  const kept = record.beforeOid === null ? null : await nameOf(session, record.beforeOid);
  return {
    ...record,
    state: 'swapped',
    finishedAt,
    // Of an attempt that did not hear the answer of its commit: nothing has failed.
    error: null,
    downtimeMs: null,
    before: kept,
    undoUntil: kept === null ? null : new Date(now.getTime() + options.keepBeforeMs).toISOString(),
    notes: [...record.notes, 'The attempt ended right after its swap: the downtime was not measured.'],
  };
}

/**
 * What became of an undo that could not say so itself: when what a restore kept has the live name again, it was swapped
 * back, and the restored copy is what is kept now. Returns the record as it is true now.
 */
export async function settleUndo(options: SettleOptions): Promise<RestoreRecord> {
  const { record, session, now } = options;
  const { asideOid, beforeOid } = record;
  if (record.state !== 'swapped' || record.method !== 'aside') return record;
  if (asideOid === null || beforeOid === null || (await isElsewhere(record, session))) return record;
  if ((await nameOf(session, beforeOid)) !== record.into) return record;
  const out = await nameOf(session, asideOid);
  const until = new Date(now.getTime() + options.keepBeforeMs).toISOString();
  const note = 'The undo ended right after its swap: its downtime was not measured.';
  return {
    ...record,
    state: 'undone',
    undoneAt: now.toISOString(),
    swappedOut: out === null ? null : { name: out, oid: asideOid, until },
    notes: [...record.notes, note],
  };
}

/** Whether the server is certainly not the one that the record's OIDs are of. */
export async function isElsewhere(record: RestoreRecord, session: Session): Promise<boolean> {
  if (record.serverId == null) return false;
  const id = await systemIdentifier(session);
  return id !== null && id !== record.serverId;
}

async function settleInPlace({ record, session, now }: SettleOptions): Promise<RestoreRecord> {
  const fate = await fateOf(record, session);
  const finishedAt = now.toISOString();
  if (fate === 'committed') {
    const note = 'The attempt ended right after its commit, before its definitions were compared.';
    return { ...record, state: 'swapped', finishedAt, notes: [...record.notes, note] };
  }
  if (fate === 'in part') return { ...record, finishedAt, ...partLive(record) };
  if (fate === 'unknown') {
    const forgotten =
      record.error ?? 'The server has forgotten the transaction: what the attempt came to, nobody can tell.';
    return { ...record, state: 'failed', finishedAt, fateUnknown: true, error: forgotten };
  }
  const untouched = 'The attempt ended before its commit: the live database has not changed.';
  return { ...record, state: 'failed', finishedAt, error: record.error ?? untouched };
}
