import type { RestoreRecord } from '@sagekeep/contracts';
import type { Session } from '../server/index.ts';
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
 * name, the swap was committed; else it was not. Returns the record as it is true now.
 */
export async function settle(options: SettleOptions): Promise<RestoreRecord> {
  const { record, session, now } = options;
  if (record.state !== 'building') return record;
  const name = record.asideOid === null ? null : await nameOf(session, record.asideOid);
  const finishedAt = now.toISOString();
  if (name !== record.into || record.asideOid === null || record.method === 'in-place') {
    const error =
      record.error ?? 'The attempt ended before it could say why; the live database was not touched.';
    return { ...record, state: 'failed', finishedAt, error };
  }
  const kept = record.beforeOid === null ? null : await nameOf(session, record.beforeOid);
  return {
    ...record,
    state: 'swapped',
    finishedAt,
    before: kept,
    undoUntil: kept === null ? null : new Date(now.getTime() + options.keepBeforeMs).toISOString(),
    notes: [...record.notes, 'The attempt ended right after its swap: the downtime was not measured.'],
  };
}
